#include "CRE2.h"
#include <cstring>
#include <re2/re2.h>
#include <re2/stringpiece.h>
#include <string>
#include <vector>

struct martlet_re2 {
    RE2 regex;
    martlet_re2(re2::StringPiece pattern, const RE2::Options &options) : regex(pattern, options) {}
};

extern "C" martlet_re2 *martlet_re2_new(const char *pattern, size_t length, char *error, size_t error_size) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    options.set_max_mem(64 << 20);
    auto *compiled = new martlet_re2(re2::StringPiece(pattern, length), options);
    if (compiled->regex.ok()) return compiled;
    if (error_size > 0) {
        std::strncpy(error, compiled->regex.error().c_str(), error_size - 1);
        error[error_size - 1] = 0;
    }
    delete compiled;
    return nullptr;
}

extern "C" void martlet_re2_free(martlet_re2 *regex) { delete regex; }

extern "C" bool martlet_re2_full_match(const martlet_re2 *regex, const char *text, size_t length) {
    return regex->regex.Match(re2::StringPiece(text, length), 0, length, RE2::ANCHOR_BOTH, nullptr, 0);
}

extern "C" int martlet_re2_group_count(const martlet_re2 *regex) { return regex->regex.NumberOfCapturingGroups(); }

extern "C" int martlet_re2_group_index(const martlet_re2 *regex, const char *name, size_t length) {
    const auto &groups = regex->regex.NamedCapturingGroups();
    auto found = groups.find(std::string(name, length));
    return found == groups.end() ? -1 : found->second;
}

extern "C" bool martlet_re2_groups(const martlet_re2 *regex, const char *text, size_t length, int64_t *spans, int count) {
    std::vector<re2::StringPiece> groups(count);
    if (!regex->regex.Match(re2::StringPiece(text, length), 0, length, RE2::ANCHOR_BOTH, groups.data(), count)) return false;
    for (int i = 0; i < count; i++) {
        bool took_part = groups[i].data() != nullptr;
        spans[2 * i] = took_part ? groups[i].data() - text : -1;
        spans[2 * i + 1] = took_part ? groups[i].data() - text + static_cast<int64_t>(groups[i].size()) : -1;
    }
    return true;
}
