"""Bugs that storage engines have had, each a replacement of text that stands exactly once in one file."""

from dataclasses import dataclass


@dataclass
class Bug:
    name: str
    file: str
    old: str
    new: str


BUGS = [
    Bug("a block's files are not synced before the rename", "Sources/TSDB/Compaction/BufferedFile.swift",
        "        try flush()\n        try file.sync()", "        try flush()"),
    Bug("a block's name is not synced", "Sources/TSDB/Compaction/BlockWriter.swift",
        "                try files.syncFolder(folder)\n            }\n            return meta", "            }\n            return meta"),
    Bug("a confirmed deletion is not synced", "Sources/TSDB/Database/DatabaseDeletes.swift",
        "            try log.syncAll()\n", ""),
    Bug("merging blocks forgets what was deleted from them", "Sources/TSDB/Compaction/MergingCursor.swift",
        "deleted: sources[at].deleted", "deleted: []"),
    Bug("a block is cut one millisecond short", "Sources/TSDB/Compaction/BlockWriter.swift",
        "through: request.maxTime.earlier(by: 1))", "through: request.maxTime.earlier(by: 60_000))"),
    Bug("the head gives up more than the block has", "Sources/TSDB/Head/HeadCut.swift",
        "_ = dropChunks(outOfOrderToo: false) { $0 < before }", "_ = dropChunks(outOfOrderToo: false) { $0 < before.later(by: 7_200_000) }"),
    Bug("a series record is not logged", "Sources/TSDB/Database/DatabaseLog.swift",
        "for new in staging.created { batch.addSeries(new.ref, new.labels) }", "for new in staging.created.dropFirst(4) { batch.addSeries(new.ref, new.labels) }"),
    Bug("a checkpoint leaves out the series that are there", "Sources/TSDB/Head/HeadControl.swift",
        "core.references.slot(reference) != ReferenceDirectory.none || core", "core"),
    Bug("a checkpoint leaves out samples", "Sources/TSDB/Database/DatabaseCheckpoint.swift",
        "Checkpoint.Wanted(minTime: head.floor)", "Checkpoint.Wanted(minTime: head.floor.later(by: 3_600_000))"),
    Bug("one segment too many is removed behind a checkpoint", "Sources/TSDB/WAL/Checkpoint.swift",
        "below: last + 1, files)", "below: last + 2, files)"),
    Bug("a reference is given out again after a restart", "Sources/TSDB/Head/HeadCore.swift",
        "func seen(_ ref: UInt64) { nextRef = max(nextRef, ref + 1) }", "func seen(_ ref: UInt64) {}"),
    Bug("the out-of-order log is not read at a start", "Sources/TSDB/Database/DatabaseOpening.swift",
        'logs.append(("out-of-order log"', '_ = (("out-of-order log"'),
    Bug("deletions in the log are not replayed", "Sources/TSDB/Head/Replay/HeadReplay.swift",
        "                for tombstone in tombstones { apply(tombstone) }\n", ""),
    Bug("records are taken in by series though they have some in common", "Sources/TSDB/Head/Replay/DecodedRecords.swift",
        "            if record.range.lowerBound > last { place() }\n", "            place()\n"),
    Bug("of series that ended only the last range becomes a block", "Sources/TSDB/Database/DatabaseStaleSeries.swift",
        "for start in cut.starts(length: options.minBlockDuration) {", "for start in cut.starts(length: options.minBlockDuration).suffix(1) {"),
    Bug("the log is not told that series have ended and left", "Sources/TSDB/Head/Stale/EndedCut.swift",
        "        try log?.write(tombstones, outOfOrder: [], of: [])\n", ""),
    Bug("what a failed sync put in doubt is not copied", "Sources/TSDB/WAL/WALSync.swift",
        "        state.doubtful.append(part)\n", "        state.retired.append(part)\n"),
    Bug("what the run before left in doubt is taken for safe", "Sources/TSDB/WAL/WALWriter.swift",
        "doubtful: found.filter { $0.segment > safe ?? -1 }", "doubtful: []"),
    Bug("a block of a time to come hides the log once the time has come", "Sources/TSDB/Database/DatabaseOpening.swift",
        "        if options.head.futureTolerance != nil { try markFuture(blocks, latest) }\n", ""),
    Bug("the end of blocks is forgotten in a merge with late data", "Sources/TSDB/Database/DatabaseCompaction.swift",
        "        if !Compactor.hints(parts.map(\\.meta)).isEmpty { try rememberStart(of: parts, &work) }\n", ""),
    Bug("raw samples go before they are folded", "Sources/TSDB/Tiers/Planning/FoldPlan.swift",
        "return !wanted.without(coverage(tier)).filter(block.touches).isEmpty || !strangers", "return !strangers"),
    Bug("deletions do not reach the tiers", "Sources/TSDB/Database/DatabaseDeletes.swift",
        "            touched += try deleteFromTiers(selectors, range)\n", ""),
    Bug("late samples take the place of windows whose own are gone", "Sources/TSDB/Tiers/Planning/FoldPlan+Rewriting.swift",
        "there.isEmpty ? [] : [", "true ? [] : ["),
    Bug("raw blocks of which the tiers lack some are merged below the raw floor", "Sources/TSDB/Database/DatabaseCompaction.swift",
        ".filter { $0.minTime > coverage.rawFloor }", ".filter { $0.minTime > coverage.rawFloor - 1_000_000_000_000 }"),
]
