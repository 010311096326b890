namespace Conpot.Pi.Config;

/// <summary>Finds where an array or inline table ends by its brackets alone, for a text that the parser could not follow.</summary>
internal static class Brackets
{
    /// <param name="open">The bracket that nothing closes.</param>
    /// <returns>The closing bracket; the start itself when there is no bracket at it; -1 when nothing closes one.</returns>
    public static int End(ReadOnlySpan<char> text, int start, out int open)
    {
        var opened = new Stack<int>();
        open = start;
        if (text[start] is not ('[' or '{'))
            return start;

        for (var i = start; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '[' or '{')
                opened.Push(i);
            else if (c is ']' or '}')
            {
                // [1, 2}: the inner one is the one to mend.
                open = opened.Peek();
                if (text[open] != (c == ']' ? '[' : '{'))
                    return -1;
                opened.Pop();
            }
            else if (c is '"' or '\'')
                i = EndOfText(text, i);
            else if (c == '#')
                i += Math.Max(0, text[i..].IndexOf('\n'));

            if (opened.Count == 0)
                return i;
        }

        open = opened.Last();
        return -1;
    }

    private static int EndOfText(ReadOnlySpan<char> text, int start)
    {
        var quote = text[start];
        if (SyntaxMistake.IsMultiLine(text, start))
        {
            var length = text[(start + 3)..].IndexOf([quote, quote, quote]);
            return length < 0 ? text.Length - 1 : start + 3 + length + 2;
        }

        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\' && quote == '"')
                i++;
            else if (text[i] == quote)
                return i;
            if (i >= text.Length || text[i] == '\n')
                return Math.Min(i, text.Length - 1);
        }

        return text.Length - 1;
    }
}
