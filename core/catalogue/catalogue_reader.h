#pragma once

#include "core/base/result.h"
#include "core/catalogue/command_catalogue.h"

namespace bramley {

// Reads a catalogue and its notes. A catalogue is lines of words:
//
//   edition PLATFORM:VERSION…
//   command REQUESTTYPE SOURCE TERMS…
//    key NAME TYPE [required] [default=TEXT] [values=A|B] [range=LEAST..MOST] TERMS…
//     key …                  one more blank: within it
//    answer NAME TYPE …      a key of the device's answer
//
// TERMS are PLATFORM:VERSION,WORD=VALUE,…, where the version is "-" for a platform that has no such
// thing and may be missing. %XX stands for a byte that would be mistaken for one of these signs.
// '#' begins a comment. Notes are lines of REQUESTTYPE | GROUP | SUMMARY | MARKS.
//
// malformed: a line that is none of these, with its number.
Result<CommandCatalogue> read_catalogue(std::string_view commands, std::string_view notes);

}  // namespace bramley
