using System.Buffers.Binary;
using System.Numerics;

namespace Conpot.Pi.Events;

/// <summary>SHA-1 (FIPS 180-4, 6.1) of a short message, for the Community ID flow hash alone; it protects nothing.</summary>
/// <remarks>Our own because the class library's loads OpenSSL for it: without that library in the image the first visitor would end the sensor.</remarks>
internal static class Sha1
{
    public const int Size = 20;

    /// <summary>Bytes of message that fit one block beside the padding bit and the length.</summary>
    private const int LongestMessage = 55;

    /// <param name="message">At most 55 bytes: one block; an IPv6 flow has 40.</param>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, LongestMessage);
        Span<byte> block = stackalloc byte[64];
        block.Clear();
        message.CopyTo(block);
        block[message.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(block[56..], (ulong)message.Length * 8);

        Span<uint> w = stackalloc uint[80];
        for (var t = 0; t < 16; t++) w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
        for (var t = 16; t < 80; t++) w[t] = BitOperations.RotateLeft(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);

        ReadOnlySpan<uint> start = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];
        var (a, b, c, d, e) = (start[0], start[1], start[2], start[3], start[4]);
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
        ReadOnlySpan<uint> end = [a, b, c, d, e];
        for (var i = 0; i < end.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(hash[(4 * i)..], start[i] + end[i]);
    }
}
