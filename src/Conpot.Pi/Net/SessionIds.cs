namespace Conpot.Pi.Net;

/// <summary>Session ids: twelve characters, unique over a sensor's life, telling a reader nothing.</summary>
/// <param name="run">Differs from run to run.</param>
internal sealed class SessionIds(ulong run)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private ulong _count;

    public string Next() => string.Create(12, Mix(run + ++_count * 0x9E3779B97F4A7C15), static (characters, bits) =>
    {
        foreach (ref var c in characters)
        {
            c = Alphabet[(int)(bits & 31)];
            bits >>= 5;
        }
    });

    /// <summary>The finaliser of SplitMix64: a bijection, so that no two counts of one run give the same 64 bits.</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
