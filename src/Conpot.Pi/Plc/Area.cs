namespace Conpot.Pi.Plc;

/// <summary>The memory areas of an S7-200 CPU that a network can see.</summary>
internal enum Area { I, Q, AI, AQ, M, SM, V, T, C }

/// <summary>How much of an area an address names.</summary>
internal enum Width { Bit, Byte, Word, Double }

/// <summary>How large the areas are, in bytes.</summary>
/// <remarks>S7-200 System Manual 6ES7298-8FA24-8BH0, "S7-200 Memory Ranges and Features", column CPU 224XP.</remarks>
internal static class MemoryMap
{
    public const int AreaCount = (int)Area.C + 1;

    /// <summary>The most V memory in the family (CPU 224XP and 226); a profile may have less.</summary>
    public const int LargestV = 10240;

    /// <summary>T and C hold 256 current values (one word each), then their 256 status bits.</summary>
    public const int TimersAndCounters = 256;

    /// <summary>The byte at which the status bits of T and C begin: our own layout, on the S7-200 the instruction chooses between word and bit.</summary>
    public const int StatusBits = 2 * TimersAndCounters;

    public static int Size(Area area, int vMemory = LargestV) => area switch
    {
        Area.I or Area.Q => 16,
        Area.AI or Area.AQ => 64,
        Area.M => 32,
        Area.SM => 550,
        Area.V => vMemory,
        _ => StatusBits + TimersAndCounters / 8,
    };

    public static bool Fits(Address address, int vMemory) => address.Offset + address.Bytes <= Size(address.Area, vMemory);

    public static int Bytes(Width width) => width switch
    {
        Width.Word => 2,
        Width.Double => 4,
        _ => 1,
    };

    /// <summary>True where only the CPU writes: analog inputs (System Manual, "Accessing Data") and SMB0 to SMB29 (appendix D: "SM0 - SM29 are read-only").</summary>
    public static bool IsReadOnly(Area area, int offset) => area == Area.AI || (area == Area.SM && offset < ReadOnlySpecial);

    /// <summary>Special memory begins with as many bytes that are the CPU's own.</summary>
    private const int ReadOnlySpecial = 30;

    /// <summary>True for areas that are reached by words only: analog values, timers and counters.</summary>
    public static bool WordsOnly(Area area) => area is Area.AI or Area.AQ or Area.T or Area.C;
}
