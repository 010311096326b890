namespace Conpot.Pi.Net;

/// <summary>Session ids: twelve characters, 60 bits, telling a reader nothing.</summary>
/// <param name="bits">A stream that does not repeat within a run and differs from run to run.</param>
internal sealed class SessionIds(Func<ulong> bits)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    public string Next() => string.Create(12, bits(), static (characters, bits) =>
    {
        foreach (ref var c in characters)
        {
            c = Alphabet[(int)(bits & 31)];
            bits >>= 5;
        }
    });
}
