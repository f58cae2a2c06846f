#include "server/credentials/push_certificate_set.h"

#include <algorithm>
#include <tuple>

namespace bramley {
namespace {

Error same_topic(const std::string& topic, const std::string& location) {
  return {ErrorCode::conflict,
          "read push certificates: two files have the topic " + topic + ", one is " + location,
          "keep the newer one in the directory 'push' and move the other away"};
}

Error other_topic(const std::string& location, const std::string& held, const std::string& found) {
  return {ErrorCode::conflict,
          "read push certificate " + location + ": its topic is " + found + " now and was " + held +
              ": devices that enrolled with that would be lost",
          "renew the certificate of the old topic in Apple's portal, and put a new topic into a "
          "file of its own"};
}

Error gone(const std::string& location) {
  return {ErrorCode::not_found, "read push certificate " + location + ": it is gone",
          "restore it; the server forgets it when it starts again"};
}

bool has_topic(const std::vector<PushCertificatePlace>& places, const std::string& topic) {
  return std::any_of(places.begin(), places.end(), [&topic](const PushCertificatePlace& place) {
    return place.content &&
           std::any_of(place.content->begin(), place.content->end(),
                       [&topic](const PushIdentity& each) { return each.topic == topic; });
  });
}

bool same_refusal(const std::optional<Error>& one, const std::optional<Error>& other) {
  return one.has_value() == other.has_value() && (!one || one->message == other->message);
}

}  // namespace

// One update under way: what was in force, and what will be.
struct PushCertificateSet::Update {
  const PushCertificateSet& old;
  PushCertificateSet next;
  Timestamp now;

  void keep(Held held, Error refused) {
    held.refused = std::move(refused);
    next.held_.push_back(std::move(held));
  }

  // A place whose content cannot be used at all: what came from there before stays.
  void refuse(const PushCertificatePlace& place, const Error& error) {
    bool kept = false;
    for (const Held& held : old.held_) {
      if (held.location == place.location) {
        kept = true;
        if (next.find(held.identity.topic) == nullptr) {
          keep(held, error);
        }
      }
    }
    if (!kept) {
      next.broken_.push_back({place.origin, place.location, error});
    }
  }

  void take(const PushCertificatePlace& place, const PushIdentity& found) {
    if (const Held* earlier = next.find(found.topic)) {
      // The environment stands before the directory, which is no fault.
      if (earlier->origin == place.origin) {
        next.broken_.push_back(
            {place.origin, place.location, same_topic(found.topic, earlier->location)});
      }
      return;
    }
    const Held* held = old.find(found.topic);
    const std::string fault = push_fault(found, now);
    if (held != nullptr && !fault.empty() && push_fault(held->identity, now).empty()) {
      keep(*held, {ErrorCode::conflict, "read push certificate " + place.location + ": " + fault,
                   "put the pair that Apple's portal renewed there"});
      return;
    }
    next.held_.push_back({found, place.origin, place.location, place.apple_account, std::nullopt});
  }
};

Status PushCertificateSet::load(std::vector<PushCertificatePlace> places) {
  for (PushCertificatePlace& place : places) {
    if (!place.content) {
      return std::move(place.content).error();
    }
  }
  Update update{*this, {}, {}};
  for (const PushCertificatePlace& place : places) {
    for (const PushIdentity& found : *place.content) {
      update.take(place, found);
    }
  }
  if (!update.next.broken_.empty()) {
    return std::move(update.next.broken_.front().refused);
  }
  *this = std::move(update.next);
  sort();
  return {};
}

std::vector<PushCertificateChange> PushCertificateSet::update(
    std::vector<PushCertificatePlace> places, Timestamp now) {
  const auto is_held = [this](const PushCertificatePlace& place) {
    return std::any_of(held_.begin(), held_.end(),
                       [&place](const Held& held) { return held.location == place.location; });
  };
  // Of two files with one topic, the one that is in force stays so.
  std::sort(places.begin(), places.end(), [&](const auto& one, const auto& other) {
    return std::tuple(one.origin, !is_held(one), one.location) <
           std::tuple(other.origin, !is_held(other), other.location);
  });
  Update update{*this, {}, now};
  for (const PushCertificatePlace& place : places) {
    if (!place.content) {
      update.refuse(place, place.content.error());
      continue;
    }
    for (const PushIdentity& found : *place.content) {
      const auto lost = std::find_if(held_.begin(), held_.end(), [&](const Held& held) {
        return held.location == place.location && !has_topic(places, held.identity.topic);
      });
      if (lost != held_.end()) {
        update.refuse(place, other_topic(place.location, lost->identity.topic, found.topic));
      } else {
        update.take(place, found);
      }
    }
  }
  for (const Held& held : held_) {
    if (update.next.find(held.identity.topic) == nullptr) {
      update.keep(held, gone(held.location));
    }
  }
  update.next.sort();
  auto changes = update.next.changes_from(*this);
  *this = std::move(update.next);
  return changes;
}

std::vector<PushCertificateChange> PushCertificateSet::changes_from(
    const PushCertificateSet& old) const {
  std::vector<PushCertificateChange> changes;
  for (const Held& held : held_) {
    const Held* before = old.find(held.identity.topic);
    const auto& certificate = held.identity.certificate;
    if (held.refused && (before == nullptr || !same_refusal(held.refused, before->refused))) {
      changes.push_back({held.location, held.identity.topic, {}, held.refused});
    } else if (!held.refused && (before == nullptr || before->refused ||
                                 !(before->identity.certificate == certificate))) {
      changes.push_back(
          {held.location, held.identity.topic, certificate.not_after(), std::nullopt});
    }
  }
  for (const Broken& broken : broken_) {
    const bool known = std::any_of(old.broken_.begin(), old.broken_.end(), [&](const Broken& each) {
      return each.location == broken.location && each.refused.message == broken.refused.message;
    });
    if (!known) {
      changes.push_back({broken.location, {}, {}, broken.refused});
    }
  }
  return changes;
}

std::vector<PushCertificate> PushCertificateSet::in_force() const {
  std::vector<PushCertificate> found;
  found.reserve(held_.size());
  for (const Held& held : held_) {
    found.push_back({held.identity.topic, held.identity.certificate});
  }
  return found;
}

std::vector<PushCertificateState> PushCertificateSet::states(Timestamp now) const {
  std::vector<PushCertificateState> found;
  found.reserve(held_.size() + broken_.size());
  for (const Held& held : held_) {
    found.push_back({PushCertificate{held.identity.topic, held.identity.certificate}, held.origin,
                     held.location, held.apple_account,
                     held.refused ? held.refused->message : push_fault(held.identity, now)});
  }
  for (const Broken& broken : broken_) {
    found.push_back({std::nullopt, broken.origin, broken.location, {}, broken.refused.message});
  }
  return found;
}

std::optional<PrivateKey> PushCertificateSet::key(std::string_view topic) const {
  const Held* held = find(topic);
  return held == nullptr ? std::nullopt : held->identity.key;
}

const PushCertificateSet::Held* PushCertificateSet::find(std::string_view topic) const {
  const auto found = std::find_if(held_.begin(), held_.end(), [topic](const Held& held) {
    return held.identity.topic == topic;
  });
  return found == held_.end() ? nullptr : &*found;
}

void PushCertificateSet::sort() {
  std::sort(held_.begin(), held_.end(),
            [](const Held& a, const Held& b) { return a.identity.topic < b.identity.topic; });
}

}  // namespace bramley
