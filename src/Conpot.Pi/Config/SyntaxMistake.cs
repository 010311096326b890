using System.Buffers;
using Tomlyn.Syntax;

namespace Conpot.Pi.Config;

/// <summary>Says in a person's words what is wrong at a place where TOML cannot be read, and what to write instead.</summary>
internal static class SyntaxMistake
{
    private static readonly SearchValues<char> SmartQuotes = SearchValues.Create("\u2018\u2019\u201C\u201D");
    private static readonly SearchValues<char> InNumber = SearchValues.Create("+-0123456789_.");
    private static readonly string[] FlagWords = ["yes", "no", "on", "off", "true", "false", "enabled", "disabled"];

    /// <param name="at">Where the parser stumbled.</param>
    /// <param name="diagnostic">What the parser said; only its words about the inside of a string are used.</param>
    /// <param name="statement">The statement that <paramref name="at"/> lies in; null when the line is none.</param>
    public static (int Offset, string Message) Describe(ReadOnlySpan<char> text, int at, string diagnostic, SyntaxNode? statement)
    {
        var inString = diagnostic.Contains("newline in a string", StringComparison.Ordinal) || diagnostic.Contains("End-Of-File", StringComparison.Ordinal);
        if (SmartQuote(text, at, inString) is >= 0 and var smart)
            return (smart, "smart quotes \u201C \u201D cannot hold a text; use plain \" quotes");
        if (text[at] == '\r')
            return (at, "a carriage return without a line feed; save the file with line ends LF or CRLF");
        if (diagnostic.Contains("control character", StringComparison.Ordinal))
            return ControlCharacter(text, at);

        return statement switch
        {
            TableSyntaxBase table => (table.Span.Start.Offset, Header(text, at, table)),
            KeyValueSyntax { Key: not null } setting when inString => UnclosedText(text, at, setting),
            KeyValueSyntax { Key: not null } setting => Setting(text, at, diagnostic, setting),
            _ => (at, Junk(text, at)),
        };
    }

    public static bool IsMultiLine(ReadOnlySpan<char> text, int start) =>
        text[start..].StartsWith("\"\"\"", StringComparison.Ordinal) || text[start..].StartsWith("'''", StringComparison.Ordinal);

    /// <summary>"modbus" of "[modbus": what stands between the brackets, whether or not they match.</summary>
    public static ReadOnlySpan<char> HeaderName(ReadOnlySpan<char> text, int start)
    {
        var name = Line(text, start).TrimStart("[ \t");
        var end = name.IndexOfAny("]#");
        return (end < 0 ? name : name[..end]).Trim();
    }

    /// <summary>A header, or a name and an equals sign: no line of an array looks like that.</summary>
    public static bool StartsStatement(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        var header = line.TrimStart("[ \t");
        if (header.Length < line.Length)
            return header.IndexOf(']') is > 0 and var end && char.IsAsciiLetter(header[0]) && KeyPath.TryParse(header[..end], out _);
        return line.IndexOf('=') is > 0 and var equals && KeyPath.TryParse(line[..equals], out _);
    }

    private static (int, string) Setting(ReadOnlySpan<char> text, int at, string diagnostic, KeyValueSyntax setting)
    {
        var name = Shown.Plain(string.Join('.', Statement.PathOf(setting.Key)));
        if (setting.EqualToken is null)
        {
            return (at, text[at] == ':'
                ? $"':' after '{name}'; write = instead"
                : $"'{name}' is not followed by '='; write {name} = value (a name with other than letters, digits, - and _ needs quotes)");
        }

        if (diagnostic.Contains("escape", StringComparison.OrdinalIgnoreCase) || diagnostic.Contains("Unicode scalar", StringComparison.Ordinal))
            return (at, $"a backslash in \"...\" starts an escape such as \\n; in the value of '{name}' write \\\\ for it, or use '...' quotes");

        var start = setting.EqualToken.Span.Start.Offset + 1;
        var raw = WithoutComment(Line(text, start)).Trim();
        start += Line(text, start).IndexOfAnyExcept(" \t");
        if (raw.IsEmpty)
            return (setting.Span.Start.Offset, $"'{name}' has no value; write one after the =, or remove the line");

        var isBracket = raw[0] is '[' or '{';
        var end = Brackets.End(text, start, out var open);
        if (end < 0 && (text[at] is '\n' or ']' or '}' || Line(text, start).Length + start < at))
        {
            var (what, bracket) = text[open] == '[' ? ("array", ']') : ("table", '}');
            return (open, $"the {what} of '{name}' is not closed; end it with {bracket}");
        }

        if (isBracket && (end < 0 || at <= end))
        {
            return (at, char.IsAsciiLetter(text[at])
                ? $"text without quotes in the value of '{name}'; put it in \" quotes"
                : $"unexpected {Character(text, at)} in the value of '{name}'; its parts are divided by commas");
        }

        // 502 503 is one value too many; 3ms..6ms and 10 minutes are a text.
        var isAfter = isBracket || raw[0] is '"' or '\'' || setting.Value is not null && at > start && text[at - 1] is ' ' or '\t' && !char.IsLetter(text[at]);
        return isAfter
            ? (at, $"unexpected {Character(text, at)} after the value of '{name}'; a value ends its line, and a comment starts with #")
            : (start, Bare(name, raw));
    }

    /// <summary>A value that starts with neither quote nor bracket, and is neither number nor flag nor date.</summary>
    private static string Bare(string name, ReadOnlySpan<char> raw)
    {
        var trimmed = raw.TrimEnd(",;");
        if (trimmed.Length < raw.Length && ConfigSyntax.Value(trimmed.ToString()) is not null)
            return $"'{raw[^1]}' after the value of '{name}'; a line ends without it";
        if (FlagWords.Contains(trimmed.ToString().ToLowerInvariant()))
            return $"'{name}' is {Shown.Plain(trimmed)}; write true or false, in small letters and without quotes";
        if (trimmed.IndexOfAnyExcept(InNumber) < 0 && trimmed.Count('.') < 2)
        {
            return trimmed.Contains('.')
                ? $"'{name}' is {Shown.Plain(trimmed)}; write a number with digits on both sides of the point"
                : $"'{name}' is {Shown.Plain(trimmed)}; write a whole number without leading zeros, no larger than {long.MaxValue}";
        }

        if (raw[0] == '=')
            return $"a second '=' after '{name}'; one is enough";
        return $"'{name}' is text without quotes; write {name} = {Shown.Quoted(raw)}";
    }

    private static (int, string) UnclosedText(ReadOnlySpan<char> text, int at, KeyValueSyntax setting)
    {
        var name = Shown.Plain(string.Join('.', Statement.PathOf(setting.Key)));
        if (setting.Value is StringValueSyntax value)
            at = value.Span.Start.Offset;
        else
            at = LastQuote(text, at);
        var quote = text[at] is '"' or '\'' ? text[at] : '"';
        return (at, $"the text of '{name}' is not closed; end it with {(IsMultiLine(text, at) ? new string(quote, 3) : quote)}");
    }

    private static string Header(ReadOnlySpan<char> text, int at, TableSyntaxBase table)
    {
        var name = HeaderName(text, table.Span.Start.Offset);
        if (name.IsEmpty)
            return "a section without a name; write [name]";
        if (!KeyPath.TryParse(name, out _))
            return $"{Shown.Quoted(name)} is no name of a section; names are letters, digits, - and _, with dots between them";

        var (open, close) = table is TableArraySyntax ? ("[[", "]]") : ("[", "]");
        var header = $"{open}{Shown.Plain(name)}{close}";
        return table.CloseBracket is { TokenKind: TokenKind.CloseBracket or TokenKind.CloseBracketDouble } && table.CloseBracket.Span.End.Offset < at
            ? $"{Character(text, at)} after {header}; a header stands alone in its line"
            : $"the brackets around section {Shown.Plain(name)} do not match; write {header}";
    }

    private static string Junk(ReadOnlySpan<char> text, int at)
    {
        var rest = Line(text, at);
        if (rest.StartsWith("//", StringComparison.Ordinal) || rest.StartsWith(";", StringComparison.Ordinal) || rest.StartsWith("--", StringComparison.Ordinal))
            return "a comment starts with #";
        if (rest.StartsWith("=", StringComparison.Ordinal))
            return "no name before '='; write name = value";
        return char.IsLetter(text[at])
            ? $"{Character(text, at)} in a name; names are letters a-z, digits, - and _; put others in quotes"
            : $"unexpected {Character(text, at)}; a line is [section], name = value or # comment";
    }

    private static (int, string) ControlCharacter(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length - 1 && (!char.IsControl(text[at]) || text[at] is '\t' or '\n' or '\r'))
            at++;
        return (at, $"control character {Shown.Codepoint(text[at])}; remove it");
    }

    /// <summary>Where the parser stumbled, or after the last plain quote of a line whose text is not closed.</summary>
    private static int SmartQuote(ReadOnlySpan<char> text, int at, bool inString)
    {
        if (SmartQuotes.Contains(text[at]))
            return at;
        if (!inString)
        {
            // A smart quote that closes what none opened: port = abc”
            var line = WithoutComment(Line(text, at));
            return line.IndexOfAny("\"'") < 0 && line.IndexOfAny(SmartQuotes) is >= 0 and var bare ? at + bare : -1;
        }

        var quote = LastQuote(text, at);
        return Line(text, quote).IndexOfAny(SmartQuotes) is >= 0 and var offset ? quote + offset : -1;
    }

    private static string Character(ReadOnlySpan<char> text, int at)
    {
        foreach (var rune in Line(text, at).EnumerateRunes())
            return $"'{Shown.Plain(rune.ToString())}'";
        return "end of the line";
    }

    /// <summary>In the line of a place, its last plain quote: the one that opened what is not closed.</summary>
    private static int LastQuote(ReadOnlySpan<char> text, int at)
    {
        var lineStart = text[..at].LastIndexOf('\n') + 1;
        return lineStart + Math.Max(0, Line(text, lineStart).LastIndexOfAny("\"'"));
    }

    /// <summary>From a place to the end of its line.</summary>
    private static ReadOnlySpan<char> Line(ReadOnlySpan<char> text, int start)
    {
        var rest = text[Math.Min(start, text.Length)..];
        var end = rest.IndexOf('\n');
        return end < 0 ? rest : rest[..end];
    }

    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> line) => line.IndexOf('#') is >= 0 and var comment ? line[..comment] : line;
}
