namespace Conpot.Pi.Plc;

/// <summary>The SM bits and words that an S7-200 keeps for its program: clocks, first scan, scan times.</summary>
/// <remarks>S7-200 System Manual, Appendix D: tables D-1 (SMB0), D-5 (SMB4), D-7 (SMB6), SMW22 to SMW26.</remarks>
internal static class SpecialMemory
{
    /// <summary>Bit 4 of a module's error register, laid out c 0 0 b r p f t: bus fault or parity error.</summary>
    private const byte ModuleBusFault = 0x10;

    /// <summary>What stands in SM from power-up on and does not change with the scans.</summary>
    public static void PowerUp(ProcessImage image, CpuSettings settings)
    {
        image.WriteByte(Area.SM, 4, 0x60); // SM4.5, SM4.6: the transmitters of port 0 and port 1 are idle. [G]
        image.WriteByte(Area.SM, 6, Identification(settings.Model));
        // SMB28, SMB29: the analog adjustment potentiometers under the front cover, wherever a screwdriver left them.
        image.WriteByte(Area.SM, 28, settings.Potentiometers.First);
        image.WriteByte(Area.SM, 29, settings.Potentiometers.Second);
    }

    /// <summary>SMB0 for one scan.</summary>
    public static byte Status(double seconds, long scan, bool first, bool fromPowerUp, bool switchInRun) => (byte)(
        0x01 // SM0.0: always on
        | (first ? 0x02 : 0)
        | (first && fromPowerUp ? 0x08 : 0) // SM0.3: RUN entered from power-up; SM0.2 stays off, nothing was lost
        | (seconds % 60 < 30 ? 0x10 : 0) // SM0.4: 30 s on, 30 s off
        | (seconds % 1 < 0.5 ? 0x20 : 0) // SM0.5: 0.5 s on, 0.5 s off
        | ((scan & 1) == 0 ? 0x40 : 0) // SM0.6: one scan on, one scan off
        | (switchInRun ? 0x80 : 0)); // SM0.7: off is TERM, on is RUN

    /// <summary>How many milliseconds the program of this scan pretends to have taken: a small program, longer in its first scan.</summary>
    public static ushort ScanTime(long scan) => (ushort)(scan == 0 ? 6 : 3 + (scan * 5 % 7 == 0 ? 1 : 0));

    /// <summary>SMW22, SMW24 and SMW26: last, shortest and longest scan since RUN, in milliseconds.</summary>
    public static void WriteScanTimes(ProcessImage image, long scan)
    {
        var last = ScanTime(scan);
        var shortest = scan == 0 ? last : Math.Min(last, image.ReadWord(Area.SM, 24));
        var longest = scan == 0 ? last : Math.Max(last, image.ReadWord(Area.SM, 26));
        image.WriteWord(Area.SM, 22, last);
        image.WriteWord(Area.SM, 24, shortest);
        image.WriteWord(Area.SM, 26, longest);
    }

    /// <summary>SM4.3: a run-time programming problem was found.</summary>
    public static void WriteRunTimeProblem(ProcessImage image, bool present) =>
        image.WriteByte(Area.SM, 4, (byte)(image.ReadByte(Area.SM, 4) & ~0x08 | (present ? 0x08 : 0)));

    /// <summary>SM5.0, I/O errors present, and the error registers of the modules 0 to 6: SMB9, SMB11 ... SMB21 (tables D-6 and D-8).</summary>
    public static void WriteModuleErrors(ProcessImage image, byte modules)
    {
        image.WriteByte(Area.SM, 5, (byte)(image.ReadByte(Area.SM, 5) & 0xFE | (modules != 0 ? 1 : 0)));
        for (var module = 0; module < 7; module++)
            image.WriteByte(Area.SM, 9 + 2 * module, (modules >> module & 1) != 0 ? ModuleBusFault : (byte)0);
    }

    private static byte Identification(string cpu) => cpu switch
    {
        _ when cpu.Contains("221", StringComparison.Ordinal) => 0x60,
        _ when cpu.Contains("222", StringComparison.Ordinal) => 0x00,
        _ when cpu.Contains("226", StringComparison.Ordinal) => 0x90,
        _ => 0x20, // CPU 224 and 224XP
    };
}
