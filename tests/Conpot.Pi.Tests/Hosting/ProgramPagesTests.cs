using Conpot.Pi.Hosting;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>Which pages of the program are given back after the start: one that was not the file's would end the sensor.</summary>
public sealed class ProgramPagesTests
{
    [Fact]
    public void Only_what_the_file_has_whole_is_given_back()
    {
        string[] smaps =
        [
            "555e79593000-555e79aa5000 r-xp 00011000 fe:00 12052418                   /usr/bin/conpot-pi", "Rss:                2788 kB", "Anonymous:             0 kB", "Swap:                  0 kB", "VmFlags: rd ex mr mw me",
            // Written and then protected: the runtime's own page, and what the loader relocated.
            "555e79d2d000-555e79d2e000 r--p 007ab000 fe:00 12052418                   /usr/bin/conpot-pi", "Rss:                   4 kB", "Anonymous:             4 kB", "Swap:                  0 kB",
            "555e79efe000-555e79f00000 r--p 0097b000 fe:00 12052418                   /usr/bin/conpot-pi", "Rss:                   4 kB", "Anonymous:             0 kB", "Swap:                  4 kB",
            // Not in memory at all, or a list that somebody made up.
            "555e79582000-555e79593000 r--p 00000000 fe:00 12052418                   /usr/bin/conpot-pi", "Rss:                   0 kB", "Anonymous:             0 kB", "Swap:                  0 kB",
            "555e79d2e000-555e79efe000 r--p 007ac000 fe:00 12052418                   /usr/bin/conpot-pi", "Rss:                1032 kB", "Anonymous:             0 kB", "Swap:                  0 kB",
            // May be written at any moment.
            "555e79f00000-555e79f1e000 rw-p 0097d000 fe:00 12052418                   /usr/bin/conpot-pi", "Rss:                  64 kB", "Anonymous:             0 kB",
            // Somebody else's, and nobody's.
            "7f13cb9d6000-7f13cbb2c000 r-xp 00026000 fe:00 332096                     /usr/lib/x86_64-linux-gnu/libc.so.6", "Rss:                1112 kB", "Anonymous:             0 kB",
            "7ffd1a1d2000-7ffd1a1d4000 r-xp 00000000 00:00 0                          [vdso]", "Rss:                   8 kB", "Anonymous:             0 kB",
            "7f0801000000-7f08010b2000 r--p 00000000 00:00 0 ", "Rss:                  16 kB", "Anonymous:             0 kB",
        ];

        Assert.Equal([(0x555e79593000UL, 0x555e79aa5000UL), (0x555e79d2e000UL, 0x555e79efe000UL)], ProgramPages.Untouched(smaps, "/usr/bin/conpot-pi"));
    }
}
