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

static martlet_re2 *compile(const char *pattern, size_t length, bool dot_matches_newline) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(dot_matches_newline);
    options.set_max_mem(64 << 20);
    return new martlet_re2(re2::StringPiece(pattern, length), options);
}

static void copy(const std::string &text, char *out, size_t size) {
    if (size == 0) return;
    std::strncpy(out, text.c_str(), size - 1);
    out[size - 1] = 0;
}

extern "C" martlet_re2 *martlet_re2_new(const char *pattern, size_t length, char *error, size_t error_size) {
    auto *compiled = compile(pattern, length, true);
    if (compiled->regex.ok()) return compiled;
    copy(compiled->regex.error(), error, error_size);
    delete compiled;
    return nullptr;
}

extern "C" martlet_re2 *martlet_re2_new_search(
    const char *pattern, size_t length, char *reason, size_t reason_size, char *part, size_t part_size) {
    auto *compiled = compile(pattern, length, false);
    if (compiled->regex.ok()) return compiled;
    std::string error = compiled->regex.error();
    std::string about(compiled->regex.error_arg());
    // RE2 ends its message with the part.
    std::string suffix = ": " + about;
    bool is_suffix = error.size() >= suffix.size() && error.compare(error.size() - suffix.size(), suffix.size(), suffix) == 0;
    copy(is_suffix ? error.substr(0, error.size() - suffix.size()) : error, reason, reason_size);
    copy(about, part, part_size);
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

static bool match(
    const martlet_re2 *regex, const char *text, size_t length, size_t start, RE2::Anchor anchor, int64_t *spans, int count) {
    std::vector<re2::StringPiece> groups(count);
    if (!regex->regex.Match(re2::StringPiece(text, length), start, length, anchor, groups.data(), count)) return false;
    for (int i = 0; i < count; i++) {
        bool took_part = groups[i].data() != nullptr;
        spans[2 * i] = took_part ? groups[i].data() - text : -1;
        spans[2 * i + 1] = took_part ? groups[i].data() - text + static_cast<int64_t>(groups[i].size()) : -1;
    }
    return true;
}

extern "C" bool martlet_re2_groups(const martlet_re2 *regex, const char *text, size_t length, int64_t *spans, int count) {
    return match(regex, text, length, 0, RE2::ANCHOR_BOTH, spans, count);
}

extern "C" bool martlet_re2_find(const martlet_re2 *regex, const char *text, size_t length, size_t start, int64_t *spans, int count) {
    return match(regex, text, length, start, RE2::UNANCHORED, spans, count);
}
