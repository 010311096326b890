using System.Buffers.Binary;

namespace Conpot.Pi.Fuzz;

/// <summary>Makes new inputs from old ones: messages left out, repeated, exchanged, put in from others; bytes changed, moved, grown and cut.</summary>
internal sealed class Mutator(ITarget target, Random random)
{
    private static readonly byte[] Bytes8 = [0, 1, 2, 0x10, 0x20, 0x40, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFE, 0xFF];
    private static readonly ushort[] Words16 = [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 125, 126, 240, 2000, 2001, 10239, 10240];
    private static readonly uint[] Doubles32 = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 0x10000, 0x00FFFFFF];

    public Input Of(Input parent, Func<Input> another)
    {
        var messages = parent.Messages.ToList();
        var variant = random.Next(20) == 0 ? (byte)random.Next(target.Variants) : parent.Variant;
        for (var changes = 1 << random.Next(4); changes > 0; changes--)
        {
            if (messages.Count == 0 || random.Next(4) == 0) Rearrange(messages, another);
            else ChangeOne(messages, another);
        }
        while (messages.Count > Input.MostMessages || messages.Sum(m => m.Bytes.Length) > Input.MostBytes) messages.RemoveAt(messages.Count - 1);
        return new Input(variant, messages);
    }

    private void Rearrange(List<Message> messages, Func<Input> another)
    {
        var at = random.Next(messages.Count + 1);
        switch (messages.Count == 0 ? 5 : random.Next(8))
        {
            case 0:
                messages.RemoveAt(Math.Min(at, messages.Count - 1));
                break;
            case 1:
                messages.Insert(at, messages[random.Next(messages.Count)]);
                break;
            case 2:
                var (a, b) = (random.Next(messages.Count), random.Next(messages.Count));
                (messages[a], messages[b]) = (messages[b], messages[a]);
                break;
            case 3:
                var from = random.Next(messages.Count);
                messages[from] = messages[from] with { Pause = (byte)(random.Next(3) == 0 ? 0 : random.Next(256)) };
                break;
            case 4:
                messages.RemoveRange(Math.Min(at, messages.Count - 1), random.Next(1 + messages.Count - Math.Min(at, messages.Count - 1)));
                break;
            case 5:
                if (another().Messages is { Count: > 0 } one) messages.Insert(at, one[random.Next(one.Count)]);
                break;
            case 6:
                var other = another().Messages;
                if (other.Count == 0) break;
                var start = random.Next(other.Count);
                messages.InsertRange(at, other.Skip(start).Take(1 + random.Next(other.Count - start)));
                break;
            default:
                // The head of one, the tail of another.
                messages.RemoveRange(at, messages.Count - at);
                messages.AddRange(another().Messages.Skip(at));
                break;
        }
    }

    private void ChangeOne(List<Message> messages, Func<Input> another)
    {
        // Late messages meet a state that the early ones have made: they are changed more often.
        var which = Math.Max(random.Next(messages.Count), random.Next(messages.Count));
        var bytes = messages[which].Bytes;
        for (var times = 1 + random.Next(3); times > 0; times--) bytes = Change(bytes, another);
        if (random.Next(5) > 0) bytes = target.Repair(bytes, random);
        if (bytes.Length <= ushort.MaxValue) messages[which] = messages[which] with { Bytes = bytes };
    }

    private byte[] Change(byte[] bytes, Func<Input> another)
    {
        if (bytes.Length == 0) return [.. Word()];
        var at = random.Next(bytes.Length);
        var length = Math.Min(bytes.Length - at, 1 + random.Next(random.Next(8) == 0 ? bytes.Length : 8));
        var copy = bytes.ToArray();
        switch (random.Next(15))
        {
            case 0:
                copy[at] ^= (byte)(1 << random.Next(8));
                return copy;
            case 1:
                copy[at] = (byte)random.Next(256);
                return copy;
            case 2:
                copy[at] = Bytes8[random.Next(Bytes8.Length)];
                return copy;
            case 3:
                copy[at] = (byte)(copy[at] + random.Next(-16, 17));
                return copy;
            case 4 when copy.Length - at >= 2:
                BinaryPrimitives.WriteUInt16BigEndian(copy.AsSpan(at), Words16[random.Next(Words16.Length)]);
                return copy;
            case 5 when copy.Length - at >= 2:
                BinaryPrimitives.WriteUInt16BigEndian(copy.AsSpan(at), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(copy.AsSpan(at)) + random.Next(-32, 33)));
                return copy;
            case 6 when copy.Length - at >= 4:
                BinaryPrimitives.WriteUInt32BigEndian(copy.AsSpan(at), Doubles32[random.Next(Doubles32.Length)]);
                return copy;
            case 7:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 8:
                return [.. bytes[..at], .. Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)), .. bytes[at..]];
            case 9:
                return [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]];
            case 10:
                var to = random.Next(bytes.Length - length + 1);
                bytes.AsSpan(at, length).CopyTo(copy.AsSpan(to));
                return copy;
            case 11:
                return bytes[..at];
            case 12:
                return [.. bytes[..at], .. Word(), .. bytes[at..]];
            case 13:
                return [.. bytes[..at], .. Word(), .. bytes[(at + length)..]];
            default:
                if (another().Messages is not { Count: > 0 } other || other[random.Next(other.Count)].Bytes is not { Length: > 0 } piece) return copy;
                var start = random.Next(piece.Length);
                return [.. bytes[..at], .. piece[start..Math.Min(piece.Length, start + 1 + random.Next(64))], .. bytes[(at + (random.Next(2) == 0 ? 0 : length))..]];
        }
    }

    /// <summary>Now and then the same many times: limits lie where nobody goes by chance.</summary>
    private IEnumerable<byte> Word()
    {
        if (target.Words.Count == 0) return [(byte)random.Next(256)];
        var word = target.Words[random.Next(target.Words.Count)];
        return random.Next(16) == 0 ? Enumerable.Repeat(word, 1 << random.Next(10)).SelectMany(w => w) : word;
    }
}
