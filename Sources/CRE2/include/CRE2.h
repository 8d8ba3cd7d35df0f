#ifndef MARTLET_CRE2_H
#define MARTLET_CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled regular expression. Safe to use from several threads at once.
typedef struct martlet_re2 martlet_re2;

/// Compiles UTF-8 `pattern`. On failure returns NULL and writes a zero-ended reason into `error`.
martlet_re2 *martlet_re2_new(const char *pattern, size_t length, char *error, size_t error_size);

/// As `martlet_re2_new`, but `.` matches no newline. On failure `reason` and the `part` of the pattern that it is about are written.
martlet_re2 *martlet_re2_new_search(
    const char *pattern, size_t length, char *reason, size_t reason_size, char *part, size_t part_size);
void martlet_re2_free(martlet_re2 *regex);

/// Whether the whole of `text` matches.
bool martlet_re2_full_match(const martlet_re2 *regex, const char *text, size_t length);

/// The number of capturing groups, the whole match not counted.
int martlet_re2_group_count(const martlet_re2 *regex);

/// The index of a named group, or -1.
int martlet_re2_group_index(const martlet_re2 *regex, const char *name, size_t length);

/// Matches the whole of `text` and writes start and end offsets of group 0…count-1 into `spans` (-1, -1 where a group took no part).
bool martlet_re2_groups(const martlet_re2 *regex, const char *text, size_t length, int64_t *spans, int count);

/// Finds the first match that begins at `start` or behind it and writes the offsets of its groups, as `martlet_re2_groups` does.
bool martlet_re2_find(const martlet_re2 *regex, const char *text, size_t length, size_t start, int64_t *spans, int count);

#ifdef __cplusplus
}
#endif
#endif
