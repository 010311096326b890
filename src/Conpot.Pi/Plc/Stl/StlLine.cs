using Conpot.Pi.Config;

namespace Conpot.Pi.Plc.Stl;

/// <summary>A word of the text and where it begins, both 1-based.</summary>
internal readonly record struct StlWord(string Text, int Line, int Column);

/// <summary>One instruction as it is written: a mnemonic and its operands.</summary>
internal sealed record StlLine(StlWord Mnemonic, List<StlWord> Operands)
{
    /// <summary>Null for a line that says nothing: blank, or a comment.</summary>
    public static StlLine? Read(string text, int number)
    {
        text = WithoutComment(text);
        var at = 0;
        while (at < text.Length && IsBlank(text[at])) at++;
        if (at == text.Length)
            return null;
        var from = at;
        while (at < text.Length && !IsBlank(text[at]) && text[at] is not ',') at++;
        var mnemonic = Word(text, from, at, number);
        var operands = new List<StlWord>();
        while (true)
        {
            while (at < text.Length && IsBlank(text[at])) at++;
            if (at >= text.Length && operands.Count == 0)
                return new StlLine(mnemonic, operands);
            from = at;
            var quoted = false;
            while (at < text.Length && (quoted || text[at] != ','))
                quoted ^= text[at++] == '\'';
            var to = at;
            while (to > from && IsBlank(text[to - 1])) to--;
            operands.Add(Word(text, from, to, number));
            if (at >= text.Length)
                return new StlLine(mnemonic, operands);
            at++;
        }
    }

    /// <summary>The text up to "//" outside of quotes; an apostrophe in a comment begins nothing.</summary>
    private static string WithoutComment(string text)
    {
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '\'';
            if (!quoted && text.AsSpan(i).StartsWith("//"))
                return text[..i];
        }
        return text;
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\u00A0';

    private static StlWord Word(string text, int from, int to, int number) => new(Shown.Plain(text.AsSpan(from, to - from)), number, Place.In("", text, from).Column);
}
