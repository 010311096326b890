using System.Globalization;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>Types of blocks: in requests the digit's character, in a block's header its value (packet-s7comm.c).</summary>
internal static class S7BlockType
{
    public const byte OB = (byte)'8', DB = (byte)'A', SDB = (byte)'B', FC = (byte)'C', SFC = (byte)'D', FB = (byte)'E', SFB = (byte)'F';

    /// <summary>All of them, in the order in which a CPU counts its blocks.</summary>
    public static ReadOnlySpan<byte> All => [OB, FB, FC, DB, SDB, SFC, SFB];

    public static string? Text(byte type) => type switch
    {
        OB => "OB",
        DB => "DB",
        SDB => "SDB",
        FC => "FC",
        SFC => "SFC",
        FB => "FB",
        SFB => "SFB",
        _ => null,
    };

    /// <summary>The value in a header: 08 for OB, 0A for DB ...</summary>
    public static byte InHeader(byte type) => (byte)(type <= '9' ? type - '0' : type - 'A' + 10);
}

/// <summary>A block as requests name it: type and number.</summary>
internal readonly record struct S7BlockName(byte Type, int Number)
{
    /// <summary>'0', type, five digits, file system.</summary>
    public const int Length = 8;

    /// <summary>In front of a whole block as a file; '$' asks for its header alone (packet-s7comm.c).</summary>
    private const byte WholeModule = (byte)'_', ModuleHeader = (byte)'$';

    /// <summary>"0800001P": OB1, passive.</summary>
    /// <param name="fileSystem">'P' passive (copied, not linked), 'A' active (linked), 'B' both.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, out S7BlockName name, out byte fileSystem)
    {
        (name, fileSystem) = (default, 0);
        if (text.Length != Length || text[0] != '0' || S7BlockType.Text(text[1]) is null) return false;
        if (text[7] is not ((byte)'P' or (byte)'A' or (byte)'B')) return false;
        if (!int.TryParse(text[2..7], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > ushort.MaxValue) return false;
        (name, fileSystem) = (new S7BlockName(text[1], number), text[7]);
        return true;
    }

    /// <summary>"_0800001P": the same as a file.</summary>
    public static bool TryReadFile(ReadOnlySpan<byte> text, out S7BlockName name, out byte fileSystem)
    {
        (name, fileSystem) = (default, 0);
        return text.Length == Length + 1 && text[0] is WholeModule or ModuleHeader && TryRead(text[1..], out name, out fileSystem);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{S7BlockType.Text(Type)}{Number}");
}
