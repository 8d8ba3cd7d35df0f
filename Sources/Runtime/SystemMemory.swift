import CLinux

/// How this process asks the system for memory.
public enum SystemMemory {
    /// Makes the C library give back what is not in use. To be called first of all: a thread keeps the arena that it has.
    ///
    /// By default every thread gets an arena of its own, which keeps what it once had, and a large block that was freed raises the limit below
    /// which blocks come from there: after the first scrapes of many targets a third of the process's memory would be such leavings.
    ///
    /// Some of it stays at hand until the next `trim`: pages that every query gives back and asks for again took a fifth of large queries' time.
    public static func keepSmall() { martlet_keep_memory_small() }

    /// Gives back what bursts have left: the first page of each target, queries, compactions. Takes some milliseconds.
    public static func trim() { martlet_trim_memory() }

    /// Gives up the code that only the start has needed, 15 MB of it; what is needed again costs a fault a page or less. The system would take it back
    /// too, but only when it is short of memory, and until then it counts as this process's.
    public static func forgetStart() { martlet_forget_code() }
}
