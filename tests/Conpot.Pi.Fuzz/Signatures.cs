namespace Conpot.Pi.Fuzz;

/// <summary>Kinds of what comes out (an event with its outcome and reason, a sort of mistake) that any execution has shown so far: what no branch tells apart.</summary>
internal static class Signatures
{
    /// <summary>Texts with a stranger's words in them would go on for ever.</summary>
    private const int Most = 1000;

    private static readonly HashSet<ulong> Seen = [];
    private static bool _isNew;

    public static int Count => Seen.Count;

    public static void Add(ulong signature) => _isNew |= Seen.Count < Most && Seen.Add(signature);

    /// <summary>As <see cref="Coverage.Forget"/>.</summary>
    public static void Forget() => Seen.Clear();

    /// <returns>Whether there was a new one since the last call.</returns>
    public static bool Take()
    {
        var isNew = _isNew;
        _isNew = false;
        return isNew;
    }

    /// <summary>FNV-1a, and an end that no byte is.</summary>
    public static ulong Hash(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes) hash = (hash ^ b) * 1099511628211;
        return (hash ^ 0x100) * 1099511628211;
    }

    public const ulong Empty = 14695981039346656037;
}
