namespace Conpot.Pi.Config;

/// <summary>Where something stands: a file with line and column (1-based), or a --set, or a file as a whole (line 0).</summary>
internal readonly record struct Place(string File, int Line, int Column)
{
    /// <summary>Columns count characters as a person sees them in an editor, so a surrogate pair is one.</summary>
    public static Place In(string file, ReadOnlySpan<char> text, int offset)
    {
        var before = text[..Math.Clamp(offset, 0, text.Length)];
        var lineStart = before.LastIndexOf('\n') + 1;
        var column = 1;
        foreach (var _ in before[lineStart..].EnumerateRunes())
            column++;
        return new Place(file, before.Count('\n') + 1, column);
    }
}
