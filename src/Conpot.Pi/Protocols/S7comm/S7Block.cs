using System.Buffers.Binary;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>One block as it lies in load memory: header, MC7 code or data, two interface sections, footer. A stranger's may be anything.</summary>
/// <remarks>
/// Big-endian, as the block info of packet-s7comm.c has it: 7070, version, flags, language, type, number (2), load length (4), security (4), time of the code
/// (4 ms of the day, 2 days since 1984), time of the interface, lengths (2 each) of interface, additional section, local data and code; in the footer
/// author, family and name (8 each), version, 0, checksum (2), 8 zeros.
/// </remarks>
internal sealed class S7Block(S7BlockName name, ReadOnlyMemory<byte> bytes)
{
    public const int HeaderLength = 36, FooterLength = 36;

    /// <summary>Languages of a header; the data block's is no language, and the CPU's own blocks have none.</summary>
    public const byte StatementList = 1, DataBlock = 5, SystemData = 7;

    /// <summary>Flags of a block that is part of the program, and of one that nobody may have.</summary>
    public const byte Linked = 1, Firmware = 9;

    /// <summary>Before the first moment that a block's time can be.</summary>
    private static readonly DateTime Epoch = new(1984, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly byte[] Nothing = new byte[Math.Max(HeaderLength, FooterLength)];

    public S7BlockName Name => name;

    /// <summary>All of it, as an upload gives it.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>Part of the operating system: listed, but not to be had.</summary>
    public bool IsFirmware { get; init; }

    /// <summary>Whether it looks like a block at all.</summary>
    public bool IsWellFormed => bytes.Length >= HeaderLength + FooterLength && bytes.Span.StartsWith((ReadOnlySpan<byte>)[0x70, 0x70]);

    /// <summary>36 bytes from 7070 to the length of the code, as in the answer to block info; zeros of what is no block.</summary>
    public ReadOnlySpan<byte> Header => IsWellFormed ? bytes.Span[..HeaderLength] : Nothing.AsSpan(0, HeaderLength);

    /// <summary>36 bytes from author to the end, as in the answer to block info; zeros of what is no block.</summary>
    public ReadOnlySpan<byte> Footer => IsWellFormed ? bytes.Span[^FooterLength..] : Nothing.AsSpan(0, FooterLength);

    public byte Flags => Header[3];

    public byte Language => Header[4];

    /// <summary>Bytes of MC7 code or data, as the header says.</summary>
    public int CodeLength => BinaryPrimitives.ReadUInt16BigEndian(Header[34..]);

    /// <summary>When its code was changed, as the header says.</summary>
    public DateTime CodeTime => Epoch.AddDays(BinaryPrimitives.ReadUInt16BigEndian(Header[20..])).AddMilliseconds(BinaryPrimitives.ReadUInt32BigEndian(Header[16..]));

    public ReadOnlySpan<byte> Author => Footer[..8];

    public ReadOnlySpan<byte> Family => Footer[8..16];

    public ReadOnlySpan<byte> Title => Footer[16..24];

    /// <summary>Two digits: 01 is 0.1.</summary>
    public byte Version => Footer[24];

    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(Footer[26..]);

    /// <summary>A block of the device's own.</summary>
    public static S7Block Build(S7BlockName name, in S7BlockTraits traits, ReadOnlySpan<byte> code)
    {
        var sections = traits.Interface.Length + traits.Additional.Length;
        var bytes = new byte[HeaderLength + code.Length + sections + FooterLength];
        ((ReadOnlySpan<byte>)[0x70, 0x70, 1, traits.Flags, traits.Language, S7BlockType.InHeader(name.Type)]).CopyTo(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(6), (ushort)name.Number);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), bytes.Length);
        WriteTime(bytes.AsSpan(16), traits.CodeTime);
        WriteTime(bytes.AsSpan(22), traits.InterfaceTime);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(28), (ushort)traits.Interface.Length);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(30), (ushort)traits.Additional.Length);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(32), (ushort)traits.LocalData);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(34), (ushort)code.Length);
        code.CopyTo(bytes.AsSpan(HeaderLength));
        traits.Interface.CopyTo(bytes.AsSpan(HeaderLength + code.Length));
        traits.Additional.CopyTo(bytes.AsSpan(HeaderLength + code.Length + traits.Interface.Length));
        var footer = bytes.AsSpan(bytes.Length - FooterLength);
        System.Text.Encoding.ASCII.GetBytes(traits.Author, footer);
        System.Text.Encoding.ASCII.GetBytes(traits.Family, footer[8..]);
        System.Text.Encoding.ASCII.GetBytes(traits.Title, footer[16..]);
        footer[24] = traits.Version;
        BinaryPrimitives.WriteUInt16BigEndian(footer[26..], traits.Checksum);
        return new S7Block(name, bytes) { IsFirmware = traits.IsFirmware };
    }

    private static void WriteTime(Span<byte> to, DateTime time)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, (uint)time.TimeOfDay.TotalMilliseconds);
        BinaryPrimitives.WriteUInt16BigEndian(to[4..], (ushort)(time.Date - Epoch).Days);
    }
}

/// <summary>What stands in a block's header and footer.</summary>
internal readonly ref struct S7BlockTraits()
{
    public byte Flags { get; init; } = S7Block.Linked;
    public required byte Language { get; init; }
    public required DateTime CodeTime { get; init; }
    public required DateTime InterfaceTime { get; init; }
    public ReadOnlySpan<byte> Interface { get; init; }
    public ReadOnlySpan<byte> Additional { get; init; }
    public int LocalData { get; init; }
    public string Author { get; init; } = "";
    public string Family { get; init; } = "";
    public string Title { get; init; } = "";
    public byte Version { get; init; } = 1;
    public ushort Checksum { get; init; }
    public bool IsFirmware { get; init; }
}
