#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

// Every size that a stranger could choose, in one place (http-api: limits before work). Bytes
// unless said otherwise.
namespace bramley::limits {

// A request's head: one Mdm-Signature header is 1.6 to 2.5 KB, more with a chain (trap 6).
inline constexpr std::size_t request_head = 32U << 10U;

// On /mdm and /checkin: until the signer's or the peer's certificate chains to a trusted authority,
// and from then on (reports of installed applications and profiles reach many MB, trap 27).
inline constexpr std::uint64_t unknown_device_body = 1U << 20U;
inline constexpr std::uint64_t device_body = 64U << 20U;
inline constexpr std::uint64_t scep_body = 1U << 20U;
// One DER certificate, however it came.
inline constexpr std::size_t device_certificate = 64U << 10U;
// Certificates whose verdict is remembered, so that a fleet is not judged anew at each poll.
inline constexpr std::size_t remembered_device_certificates = 100'000;

// On the admin API, once the key was right. 100,000 ids are 5 MB.
inline constexpr std::uint64_t admin_body = 16U << 20U;
// A command: profiles and wallpapers in it have many MB (trap 27). In JSON it is base64, and has
// its targets beside it.
inline constexpr std::uint64_t command_plist = 32U << 20U;
inline constexpr std::uint64_t command_request = command_plist / 3 * 4 + admin_body;
// A webhook's terms.
inline constexpr std::uint64_t webhook_body = 64U << 10U;
// A push certificate with its key.
inline constexpr std::uint64_t push_certificate_body = 64U << 10U;
// Through the authenticated proxy, either way; and how long a connection may take.
inline constexpr std::size_t auth_proxy_body = 16U << 20U;
inline constexpr std::chrono::seconds auth_proxy_connect{10};
// A larger body is not shown in the dump of traffic, and more that waits to be written is left out.
inline constexpr std::size_t dumped_body = 256U << 10U;
inline constexpr std::size_t waiting_dump = 8U << 20U;
// What Apple is asked to unlock a device with.
inline constexpr std::uint64_t escrow_key_form = 64U << 10U;
// Before: enough that a client with a wrong key is told 401 and not 413, little enough to hold.
inline constexpr std::uint64_t unauthenticated_body = 64U << 10U;
// Where a body says nothing: some clients send `{}` with a DELETE.
inline constexpr std::uint64_t ignored_body = 1U << 10U;

// How many pushes a call of our API waits for, when it queues a command.
inline constexpr std::size_t pushes_waited_for = 100;

// Nesting of a JSON body.
inline constexpr int json_depth = 32;
// Free text in a JSON body: a note, an organization.
inline constexpr std::size_t text_field = 512;
// An id, a UDID, a serial number.
inline constexpr std::size_t id_field = 255;

// An expression that selects devices, as Selection::longest.
inline constexpr std::size_t selection = 4096;
// Enrollments that one page of a list with a selection looks at: it may have fewer items than were
// asked for, and its cursor goes on.
inline constexpr std::size_t scanned_enrollments = 5000;
// A page of POST /api/v1/selections.
inline constexpr std::int64_t selected_most = 5000;
// Different kinds of devices that it tells apart; devices choose what they say.
inline constexpr std::size_t selection_groups = 500;

inline constexpr std::size_t page_default = 50;
inline constexpr std::size_t page_most = 500;
inline constexpr std::size_t cursor = 2U << 10U;
// A page of results ends early when its reports are larger than this together; the cursor goes on.
inline constexpr std::size_t results_page_bytes = 4U << 20U;
// A list leaves out the reports that are larger; they are fetched one by one.
inline constexpr std::int64_t report_in_list = 512U << 10U;
// Larger ones are not put into JSON at all: they are served as they came.
inline constexpr std::int64_t report_in_json = 8U << 20U;
// Rows asked of the store at once for such a page.
inline constexpr std::size_t results_slice = 10;

// And how many times: with a status each may look at many rows and find none.
inline constexpr std::size_t results_slices = page_most / results_slice;

// How long invitations and challenges may live, and how often a token may be used.
inline constexpr std::chrono::hours longest_ttl{24 * 365};
inline constexpr std::int64_t most_token_uses = 1'000'000;
inline constexpr std::size_t enrollment_token = 128;

// Who may follow the events, or the results of a command, at a time: each may keep a thread of the
// streams' pool, which has more.
inline constexpr int event_subscribers = 16;
inline constexpr std::chrono::seconds follow_again{5};  // when the places are taken
inline constexpr std::size_t streamed_events = 100;
inline constexpr std::chrono::seconds stream_heartbeat{15};
// How often a stream looks for what other servers wrote.
inline constexpr std::chrono::milliseconds stream_look{1000};
// The same for the results of one command: an indexed read or two each time. And what it sends at
// once: results that are read together, until they have so many bytes.
inline constexpr std::chrono::milliseconds results_look{250};
inline constexpr std::size_t streamed_results = 200;
inline constexpr std::size_t streamed_results_bytes = 256U << 10U;

// Tokens that let somebody in lately, and for how long that counts where it is only about the size
// of a body.
inline constexpr std::size_t remembered_tokens = 1000;
inline constexpr std::chrono::minutes remembered_token_life{5};

// Lines about wrong keys that reach the log in one minute; the rest is counted.
inline constexpr int authentication_log_lines = 10;

}  // namespace bramley::limits
