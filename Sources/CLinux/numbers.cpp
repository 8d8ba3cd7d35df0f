// The C++ library's conversions are exact in both directions and allocate nothing.
#include "CLinux.h"
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

extern "C" size_t martlet_parse_decimal(const char *text, size_t length, double *value) {
    auto result = std::from_chars(text, text + length, *value, std::chars_format::general);
    if (result.ec == std::errc::invalid_argument) return 0;
    if (result.ec == std::errc::result_out_of_range) {
        // from_chars leaves the value alone; strtod says which side it fell off.
        *value = std::strtod(std::string(text, result.ptr).c_str(), nullptr);
    }
    return static_cast<size_t>(result.ptr - text);
}

extern "C" size_t martlet_shortest_scientific(double value, char *out) {
    auto result = std::to_chars(out, out + 32, value, std::chars_format::scientific);
    return static_cast<size_t>(result.ptr - out);
}

extern "C" size_t martlet_shortest_fixed(double value, char *out) {
    auto result = std::to_chars(out, out + 32, value, std::chars_format::fixed);
    return static_cast<size_t>(result.ptr - out);
}
