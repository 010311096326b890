namespace Conpot.Pi.Config;

/// <summary>A dotted key outside of a file: modbus.port, io."I0.0".</summary>
internal static class KeyPath
{
    /// <summary>No setting lies deeper than three; the limit keeps a file of nothing but dots cheap.</summary>
    public const int MostParts = 16;

    public static bool IsBare(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!IsBare(c))
                return false;
        }

        return !name.IsEmpty;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out string[] parts)
    {
        var found = new List<string>();
        parts = [];
        while (true)
        {
            text = text.TrimStart(" \t");
            if (text.IsEmpty || found.Count == MostParts)
                return false;

            int length, rest;
            if (text[0] is '"' or '\'')
            {
                length = text[1..].IndexOf(text[0]);
                if (length < 0)
                    return false;
                found.Add(text.Slice(1, length).ToString());
                rest = length + 2;
            }
            else
            {
                for (length = 0; length < text.Length && IsBare(text[length]); length++) { }
                if (length == 0)
                    return false;
                found.Add(text[..length].ToString());
                rest = length;
            }

            text = text[rest..].TrimStart(" \t");
            if (text.IsEmpty)
            {
                parts = [.. found];
                return true;
            }

            if (text[0] != '.')
                return false;
            text = text[1..];
        }
    }

    private static bool IsBare(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
