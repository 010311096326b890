using System.Text;

namespace Conpot.Pi.Plc;

/// <summary>A small generator that gives the same numbers for the same seed, for ever: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.</summary>
/// <remarks>Not for secrets: only for what must look individual and stay the same.</remarks>
internal struct SplitMix64(ulong state)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state = state;

    public ulong Next() => Mix(_state += Golden);

    /// <summary>0 to <paramref name="count"/> - 1. The bias of the multiplication is below 2^-32 for all that is asked here.</summary>
    public int Next(int count) => (int)((Next() >> 32) * (ulong)count >> 32);

    /// <summary>0 up to but not 1.</summary>
    public double NextDouble() => Fraction(Next());

    /// <summary>The finaliser: every bit of the input moves every bit of the output.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A hash as a number from 0 up to but not 1.</summary>
    public static double Fraction(ulong hash) => (hash >> 11) * (1.0 / (1UL << 53));

    /// <summary>The hash number <paramref name="index"/> of a seed: random access into its stream.</summary>
    public static ulong At(ulong seed, long index) => Mix(seed + Golden * (ulong)(index + 1));

    /// <summary>A text as a seed: FNV-1a over its UTF-8 bytes, then the finaliser.</summary>
    public static ulong Hash(string text, ulong start = 0xCBF29CE484222325)
    {
        var hash = start;
        foreach (var b in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 0x100000001B3;
        return Mix(hash);
    }
}
