namespace Conpot.Pi.Config;

/// <summary>The name that a person most likely meant by a misspelt one.</summary>
internal static class NearestName
{
    private const int LongestName = 64;

    /// <summary>Null when nothing is near: a wild guess misleads more than it helps.</summary>
    public static string? Find(string wrong, IEnumerable<string> names)
    {
        if (wrong.Length is 0 or > LongestName)
            return null;

        // A third of the letters may be wrong: 'prot' finds 'port', 'xy' finds nothing but 'x', 'y' and the like.
        var limit = Math.Clamp((wrong.Length + 1) / 3, 1, 4);
        string? nearest = null;
        var least = limit + 1;
        foreach (var name in names.Where(n => n.Length <= LongestName).Order(StringComparer.Ordinal))
        {
            var distance = Distance(wrong.ToLowerInvariant(), name.ToLowerInvariant());
            if (distance >= least || distance >= name.Length)
                continue;
            least = distance;
            nearest = name;
        }

        return nearest;
    }

    /// <summary>Damerau-Levenshtein in the restricted form ("optimal string alignment"): a swap of neighbours counts once.</summary>
    internal static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var same = a[i - 1] == b[j - 1] ? 0 : 1;
                var best = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, rows[i - 2, j - 2] + 1);
                rows[i, j] = best;
            }
        }

        return rows[a.Length, b.Length];
    }
}
