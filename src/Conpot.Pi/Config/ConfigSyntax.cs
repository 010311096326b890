using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Conpot.Pi.Config;

/// <summary>TOML text to statements. Of a broken statement the first fault is reported; then it is blanked and the rest is read again,
/// for the parser takes a quote that is missing in line 2 for a mistake in every line that follows.</summary>
internal sealed class ConfigSyntax
{
    /// <summary>With more than this the file is not nearly TOML, and nobody reads a longer list.</summary>
    private const int MostMistakes = 20;

    /// <summary>A log or a web page in the place of the configuration: a megabyte of it would cost the parser, again and again, more memory than a Pi has.</summary>
    private const int MostDiagnostics = 2000;

    private const int FirstLook = 1 << 15;

    private readonly string _name;
    private readonly char[] _text;
    private readonly ConfigErrors _errors;
    private readonly List<Statement> _statements = [];

    private ConfigSyntax(string name, string text, ConfigErrors errors)
    {
        // The parser throws at a backslash that ends the text; a line feed after it is harmless everywhere.
        _name = name;
        _text = [.. text, '\n'];
        _errors = errors;
    }

    /// <returns>False when something was left out: what is missing then is no mistake of its own.</returns>
    public static bool TryRead(string name, string text, ConfigErrors errors, out IReadOnlyList<Statement> statements)
    {
        var syntax = new ConfigSyntax(name, text, errors);
        statements = syntax._statements;
        if (text.Length > FirstLook)
        {
            var look = new ConfigSyntax(name, text[..FirstLook], errors);
            if (look.Parse() is { Diagnostics.Count: > MostDiagnostics } hopeless)
            {
                look.Mend(hopeless);
                return false;
            }
        }

        var (mistakes, diagnostics) = (0, 0);
        while (true)
        {
            if (syntax.Parse() is not { } document)
                return false;
            if (document.Diagnostics.Count == 0)
            {
                syntax._statements.AddRange(All(document).Select(n => n is TableSyntaxBase t ? Statement.Of(t) : Statement.Of((KeyValueSyntax)n)));
                syntax._statements.Sort((a, b) => a.Start.Offset.CompareTo(b.Start.Offset));
                return mistakes == 0;
            }

            mistakes++;
            diagnostics += document.Diagnostics.Count;
            if (!syntax.Mend(document) || mistakes == MostMistakes || diagnostics > MostDiagnostics)
            {
                syntax._statements.Clear();
                return false;
            }
        }
    }

    /// <summary>One TOML value, as it may stand after the = of a --set; null when the text is none.</summary>
    public static ValueSyntax? Value(string text)
    {
        var syntax = new ConfigSyntax("", "x = " + text, new ConfigErrors());
        return syntax.Parse() is { Diagnostics.Count: 0, Tables.ChildrenCount: 0, KeyValues.ChildrenCount: 1 } document
            ? document.KeyValues.GetChild(0)?.Value
            : null;
    }

    private static IEnumerable<SyntaxNode> All(DocumentSyntax document)
    {
        foreach (var setting in document.KeyValues)
            yield return setting;
        foreach (var table in document.Tables)
        {
            yield return table;
            foreach (var setting in table.Items)
                yield return setting;
        }
    }

    private DocumentSyntax? Parse()
    {
        try
        {
            // Not validated: duplicates are ConfigTree's, which can name both places.
            return SyntaxParser.Parse(new string(_text), _name, validate: false);
        }
        catch (TomlException)
        {
            // The only one it throws on purpose: brackets in brackets, 64 deep.
            _errors.Add(_name, 0, 0, "arrays or braces are nested too deeply; a configuration needs three levels at most");
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What the parser throws by mistake (2.10.2 has a few); a bad file must never end as a stack trace.
            _errors.Add(_name, 0, 0, $"the file cannot be read as TOML ({Shown.Plain(e.Message)}); look for a quote or bracket that is not closed");
            return null;
        }
    }

    private bool Mend(DocumentSyntax document)
    {
        var first = document.Diagnostics.MinBy(Offset)!;
        var at = Offset(first);
        var statement = All(document).LastOrDefault(n => n.Span.Start.Offset <= at);
        if (statement is not null && !Reaches(statement, at))
            statement = null;

        var mistake = SyntaxMistake.Describe(_text, at, first.Message, statement);
        _errors.Add(Place.In(_name, _text, mistake.Offset), mistake.Message);

        var start = statement?.Span.Start.Offset ?? at;
        if (statement is TableSyntaxBase header)
        {
            // The name is nearly always plain; with it the settings below stay where they belong.
            var path = KeyPath.TryParse(SyntaxMistake.HeaderName(_text, start), out var parts) ? parts : [];
            _statements.Add(new Statement(header.Span.Start, path, IsHeader: true, header is TableArraySyntax, null));
        }

        return Blank(LineStart(start), (statement as KeyValueSyntax)?.Value is { } value ? End(value) : LineEnd(start));
    }

    /// <summary>The parser puts the end of the text at its start, now and then.</summary>
    private int Offset(DiagnosticMessage diagnostic) =>
        diagnostic.Message.Contains("<eof>", StringComparison.Ordinal) ? _text.Length - 1 : Math.Clamp(diagnostic.Span.Start.Offset, 0, _text.Length - 1);

    /// <summary>Whether the fault is the statement's, or stands in a later line that is no statement at all.</summary>
    private bool Reaches(SyntaxNode statement, int at)
    {
        var start = statement.Span.Start.Offset;
        if (at <= LineEnd(start))
            return true;

        // Over a bracket that nothing closes the parser stumbles where the next statement starts.
        return (statement as KeyValueSyntax)?.Value is { } value && (at <= End(value) || Brackets.End(_text, value.Span.Start.Offset, out _) < 0);
    }

    /// <summary>The end of the last line that a broken value takes with it.</summary>
    private int End(ValueSyntax value)
    {
        var start = value.Span.Start.Offset;
        if (value is StringValueSyntax)
            return LineEnd(SyntaxMistake.IsMultiLine(_text, start) ? value.Span.End.Offset : start);
        if (Brackets.End(_text, start, out _) is >= 0 and var closed)
            return LineEnd(closed);

        // A bracket that nothing closes: the lines up to the next that starts a statement.
        var end = LineEnd(start);
        while (end + 1 < _text.Length && !SyntaxMistake.StartsStatement(_text.AsSpan(end + 1, LineEnd(end + 1) - end - 1)))
            end = LineEnd(end + 1);
        return end;
    }

    private int LineStart(int offset) => _text.AsSpan(0, offset).LastIndexOf('\n') + 1;

    private int LineEnd(int offset)
    {
        offset = Math.Clamp(offset, 0, _text.Length - 1);
        return offset + _text.AsSpan(offset).IndexOf('\n');
    }

    /// <returns>False when there was nothing left to blank, so that the loop ends whatever the parser says.</returns>
    private bool Blank(int start, int end)
    {
        var changed = false;
        foreach (ref var c in _text.AsSpan(start, Math.Max(0, end - start)))
        {
            changed |= c is not (' ' or '\n');
            c = c == '\n' ? '\n' : ' ';
        }

        return changed;
    }
}
