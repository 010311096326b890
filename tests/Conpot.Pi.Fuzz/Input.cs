using System.Buffers.Binary;

namespace Conpot.Pi.Fuzz;

/// <summary>A piece of an input: a frame, a datagram, a line; before it comes a pause.</summary>
/// <param name="Pause">In quarters of a second, on a clock turned by hand.</param>
internal readonly record struct Message(byte Pause, byte[] Bytes);

/// <summary>What a target is given: which of its variants (profile and settings), and what is sent.</summary>
internal sealed record Input(byte Variant, IReadOnlyList<Message> Messages)
{
    /// <summary>More would only be slower: a frame is 260 bytes, a text some kilobytes.</summary>
    public const int MostMessages = 200, MostBytes = 60_000;

    public int Size => Messages.Sum(m => m.Bytes.Length);

    /// <summary>All messages behind each other, as a text or a stream without pauses has them.</summary>
    public byte[] Joined => [.. Messages.SelectMany(m => m.Bytes)];

    public static Input Of(byte variant, params IEnumerable<byte[]> messages) => new(variant, [.. messages.Select(m => new Message(0, m))]);

    /// <summary>A text taken apart into its lines, each with its line feed.</summary>
    public static Input OfLines(byte variant, byte[] text)
    {
        var lines = new List<byte[]>();
        for (var at = 0; at < text.Length;)
        {
            var end = Array.IndexOf(text, (byte)'\n', at);
            end = end < 0 ? text.Length : end + 1;
            lines.Add(text[at..end]);
            at = end;
        }
        return Of(variant, lines);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[1 + Messages.Sum(m => 3 + m.Bytes.Length)];
        bytes[0] = Variant;
        var at = 1;
        foreach (var (pause, message) in Messages)
        {
            bytes[at] = pause;
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 1), (ushort)message.Length);
            message.CopyTo(bytes, at + 3);
            at += 3 + message.Length;
        }
        return bytes;
    }

    /// <summary>Of a file cut off anywhere, what is there.</summary>
    public static Input FromBytes(ReadOnlySpan<byte> bytes)
    {
        var messages = new List<Message>();
        var variant = bytes.IsEmpty ? (byte)0 : bytes[0];
        for (bytes = bytes.IsEmpty ? bytes : bytes[1..]; bytes.Length >= 3;)
        {
            var length = Math.Min(bytes.Length - 3, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]));
            messages.Add(new Message(bytes[0], bytes.Slice(3, length).ToArray()));
            bytes = bytes[(3 + length)..];
        }
        return new Input(variant, messages);
    }
}
