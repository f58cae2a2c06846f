#pragma once

namespace bramley {

// Which Authenticate for an enrolled device is taken, when its certificate neither is nor renews
// the device's: any; only one that was issued for this very device; only one that an administrator
// approved.
enum class ReEnrollment { allow, bound, approve };

}  // namespace bramley
