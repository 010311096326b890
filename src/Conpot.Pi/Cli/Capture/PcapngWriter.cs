using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Conpot.Pi.Cli.Capture;

/// <summary>Writes a pcapng file: one section, one Ethernet interface, packets with their comments.</summary>
/// <remarks>draft-ietf-opsawg-pcapng: section header 4.1, interface description 4.2, enhanced packet 4.3, options 3.5.</remarks>
internal sealed class PcapngWriter
{
    private const uint SectionHeader = 0x0A0D0D0A, InterfaceDescription = 1, EnhancedPacket = 6, ByteOrderMagic = 0x1A2B3C4D;
    private const ushort Comment = 1, UserApplication = 4, InterfaceName = 2, TimeResolution = 9, LinkTypeEthernet = 1;

    /// <summary>An option's length is 16 bits; no sentence needs as much.</summary>
    private const int LongestOption = 4096;

    private readonly Stream _output;
    private readonly ArrayBufferWriter<byte> _body = new();

    public PcapngWriter(Stream output, string application, string interfaceName, string comment)
    {
        _output = output;
        Number32(ByteOrderMagic);
        Number16(1); // version 1.0
        Number16(0);
        Number32(uint.MaxValue); // the section's length is not known beforehand
        Number32(uint.MaxValue);
        Option(Comment, comment);
        Option(UserApplication, application);
        EndOfOptions();
        Block(SectionHeader);
        Number16(LinkTypeEthernet);
        Number16(0);
        Number32(0); // no limit on a packet
        Option(InterfaceName, interfaceName);
        Option(TimeResolution, [6]); // microseconds, as the journal's
        EndOfOptions();
        Block(InterfaceDescription);
    }

    public long Packets { get; private set; }

    /// <param name="frame">What of it is there.</param>
    /// <param name="original">How long it was.</param>
    public void Packet(long microseconds, ReadOnlySpan<byte> frame, int original, string comment)
    {
        Number32(0); // the interface
        Number32((uint)(microseconds >> 32));
        Number32((uint)microseconds);
        Number32((uint)frame.Length);
        Number32((uint)original);
        Padded(frame);
        if (comment.Length > 0)
        {
            Option(Comment, comment);
            EndOfOptions();
        }
        Block(EnhancedPacket);
        Packets++;
    }

    private void Option(ushort code, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        // Cut between characters: 10xxxxxx goes on with one.
        var length = Math.Min(bytes.Length, LongestOption);
        while (length < bytes.Length && (bytes[length] & 0xC0) == 0x80) length--;
        Option(code, bytes.AsSpan(0, length));
    }

    private void Option(ushort code, ReadOnlySpan<byte> value)
    {
        Number16(code);
        Number16((ushort)value.Length);
        Padded(value);
    }

    private void EndOfOptions() => Number32(0);

    private void Padded(ReadOnlySpan<byte> bytes)
    {
        _body.Write(bytes);
        _body.Write(stackalloc byte[(4 - bytes.Length % 4) % 4]); // zeros
    }

    private void Number16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        _body.Write(bytes);
    }

    private void Number32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _body.Write(bytes);
    }

    /// <summary>Type and length in front, the length again behind.</summary>
    private void Block(uint type)
    {
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(head, type);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)_body.WrittenCount + 12);
        _output.Write(head);
        _output.Write(_body.WrittenSpan);
        _output.Write(head[4..]);
        _body.ResetWrittenCount();
    }
}
