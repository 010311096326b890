using System.Buffers.Binary;
using System.Numerics;

namespace Conpot.Pi.Events;

/// <summary>SHA-1 (FIPS 180-4, 6.1), where a protocol prescribes it (Community ID, hpfeeds); it protects nothing.</summary>
/// <remarks>Our own because the class library's loads OpenSSL for it: without that library in the image the first visitor would end the sensor.</remarks>
internal static class Sha1
{
    public const int Size = 20;

    private const int BlockSize = 64, LengthAt = 56;

    /// <summary>Allocates nothing; an IPv6 flow of 40 bytes is one block.</summary>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        Span<uint> state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];
        var rest = message;
        for (; rest.Length >= BlockSize; rest = rest[BlockSize..]) Add(state, rest[..BlockSize]);
        Span<byte> block = stackalloc byte[BlockSize];
        block.Clear();
        rest.CopyTo(block);
        block[rest.Length] = 0x80;
        if (rest.Length >= LengthAt)
        {
            Add(state, block);
            block.Clear();
        }

        BinaryPrimitives.WriteUInt64BigEndian(block[LengthAt..], (ulong)message.Length * 8);
        Add(state, block);
        for (var i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(hash[(4 * i)..], state[i]);
    }

    private static void Add(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[80];
        for (var t = 0; t < 16; t++) w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
        for (var t = 16; t < 80; t++) w[t] = BitOperations.RotateLeft(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);

        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4]);
        for (var t = 0; t < 80; t++)
        {
            var (f, k) = t switch
            {
                < 20 => ((b & c) | (~b & d), 0x5A827999u),
                < 40 => (b ^ c ^ d, 0x6ED9EBA1u),
                < 60 => ((b & c) | (b & d) | (c & d), 0x8F1BBCDCu),
                _ => (b ^ c ^ d, 0xCA62C1D6u),
            };
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, BitOperations.RotateLeft(a, 5) + f + e + k + w[t]);
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }
}
