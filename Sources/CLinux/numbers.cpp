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

/// Go writes exponents of powers of two with at least two digits, and the prefix behind the sign.
static size_t print_hexadecimal(double value, int precision, char *out, size_t room) {
    char digits[1200];
    double magnitude = std::fabs(value);
    auto result = precision < 0 ? std::to_chars(digits, digits + sizeof digits, magnitude, std::chars_format::hex)
                                : std::to_chars(digits, digits + sizeof digits, magnitude, std::chars_format::hex, precision);
    if (result.ec != std::errc()) return 0;
    std::string text(digits, result.ptr);
    size_t exponent = text.find('p') + 2;
    if (text.size() - exponent == 1) text.insert(exponent, "0");
    text.insert(0, std::signbit(value) ? "-0x" : "0x");
    if (text.size() > room) return 0;
    text.copy(out, text.size());
    return text.size();
}

extern "C" size_t martlet_print_double(double value, char form, int precision, char *out, size_t room) {
    if (form == 'a') return print_hexadecimal(value, precision, out, room);
    auto format = form == 'e' ? std::chars_format::scientific : form == 'f' ? std::chars_format::fixed : std::chars_format::general;
    auto result = std::to_chars(out, out + room, value, format, precision);
    return result.ec == std::errc() ? static_cast<size_t>(result.ptr - out) : 0;
}
