using Tomlyn.Syntax;

namespace Conpot.Pi.Config;

/// <summary>Puts statements into tables by TOML's rules; a name given twice is a mistake that names the first place.</summary>
/// <param name="source">The file's name, or the --set; the latter has no lines and overrides what stands there.</param>
internal sealed class ConfigTree(ConfigFile file, ConfigErrors errors, string source, bool isCommandLine)
{
    public void Add(ConfigTable root, IEnumerable<Statement> statements)
    {
        // Null after a header that could not be read: its settings belong to nobody knows whom.
        ConfigTable? table = root;
        foreach (var statement in statements)
        {
            if (statement.Path.Length > KeyPath.MostParts)
            {
                errors.Add(At(statement.Start), FormattableString.Invariant($"a name of {statement.Path.Length} parts; allowed: up to {KeyPath.MostParts}"));
                table = statement.IsHeader ? null : table;
                continue;
            }

            if (statement.IsHeader)
                table = statement.Path.Length == 0 ? null : Open(root, statement);
            else if (table is not null && statement.Value is not null)
                Put(table, statement.Path, At(statement.Start), statement.Value);
        }
    }

    /// <summary>Puts one value; the path's tables are made when they are missing.</summary>
    public void Put(ConfigTable table, ReadOnlySpan<string> path, Place place, ValueSyntax value) =>
        Put(table, path, place, (owner, key) => Node(owner, key, place, value));

    public void Put(ConfigTable table, ReadOnlySpan<string> path, Place place, string text) =>
        Put(table, path, place, (_, _) => new ConfigValue(place, ValueKind.Text, text) { IsFromCommandLine = isCommandLine });

    private void Put(ConfigTable table, ReadOnlySpan<string> path, Place place, Func<ConfigTable, string, ConfigNode> make)
    {
        foreach (var key in path[..^1])
        {
            if (!table.Items.TryGetValue(key, out var next))
            {
                next = table.Child(key, place);
                ((ConfigTable)next).IsDefined = true;
                table.Items.Add(key, next);
            }

            if (next is not ConfigTable inner || inner.IsInline && !isCommandLine)
            {
                errors.Add(place, isCommandLine && next is ConfigTables
                    ? $"[[{table.PathOf(key)}]] is a list; set it as a whole: '{table.PathOf(key)}=[{{ ... }}, {{ ... }}]'"
                    : $"{table.Describe(key)} is given in another form already{Where(next)}; give all of it in one place");
                return;
            }

            table = inner;
        }

        var last = path[^1];
        if (!isCommandLine && table.Items.TryGetValue(last, out var first))
        {
            errors.Add(place, $"{table.Describe(last)} is given twice{Where(first)}; remove one of the two");
            return;
        }

        var node = make(table, last);
        node.KeyPlace = place;
        table.Items[last] = node;
    }

    private ConfigTable? Open(ConfigTable root, Statement header)
    {
        var place = At(header.Start);
        var table = root;
        foreach (var key in header.Path.AsSpan()[..^1])
        {
            if (!table.Items.TryGetValue(key, out var next))
                table.Items.Add(key, next = table.Child(key, place));
            if ((next is ConfigTables { IsOpen: true } list ? list.Items[^1] : next) is not ConfigTable { IsInline: false } inner)
            {
                errors.Add(place, $"{table.Describe(key)} is given in another form already{Where(next)}; give all of it in one place");
                return null;
            }

            table = inner;
        }

        return header.IsList ? OpenElement(table, header.Path[^1], place) : OpenTable(table, header.Path[^1], place);
    }

    private ConfigTable? OpenTable(ConfigTable parent, string key, Place place)
    {
        var title = $"[{parent.PathOf(key)}]";
        if (!parent.Items.TryGetValue(key, out var node))
            parent.Items.Add(key, node = parent.Child(key, place));

        if (node is not ConfigTable { IsInline: false } table)
        {
            errors.Add(place, node is ConfigTables
                ? $"{title} is a list{Where(node)}; write [{title}], with double brackets, for each further one"
                : $"{title} is given twice{Where(node)}; remove one of the two");
            return null;
        }

        // The settings under the second header still go into the table, so that their own mistakes show in the same go.
        if (table.IsDefined)
            errors.Add(place, $"{title} is given twice{Where(table)}; move these settings there");
        table.IsDefined = true;
        return table;
    }

    private ConfigTable? OpenElement(ConfigTable parent, string key, Place place)
    {
        if (!parent.Items.TryGetValue(key, out var node))
            parent.Items.Add(key, node = new ConfigTables(place) { IsOpen = true });
        if (node is ConfigTables { IsOpen: true } list)
            return AddElement(parent, key, list, place, isInline: false);

        errors.Add(place, $"[[{parent.PathOf(key)}]] is given in another form already{Where(node)}; write [[{parent.PathOf(key)}]], with double brackets, for each of them");
        return null;
    }

    private static ConfigTable AddElement(ConfigTable parent, string key, ConfigTables list, Place place, bool isInline)
    {
        var element = new ConfigTable(parent.File, place, parent.PathOf(key), FormattableString.Invariant($"{parent.NameOf(key)}[{list.Items.Count + 1}]"), isElement: true)
        {
            IsDefined = true,
            IsInline = isInline,
        };
        list.Items.Add(element);
        return element;
    }

    private ConfigNode Node(ConfigTable owner, string key, Place keyPlace, ValueSyntax syntax)
    {
        if (syntax is InlineTableSyntax braces)
            return Fill(new ConfigTable(file, keyPlace, owner.PathOf(key), owner.NameOf(key)) { IsDefined = true, IsInline = true }, braces);

        if (syntax is not ArraySyntax array || array.Items.ChildrenCount == 0 || array.Items.Any(i => i.Value is not InlineTableSyntax))
            return Value(syntax);

        var list = new ConfigTables(keyPlace);
        foreach (var item in array.Items)
            Fill(AddElement(owner, key, list, At(item.Value!.Span.Start), isInline: true), (InlineTableSyntax)item.Value);
        return list;
    }

    private ConfigTable Fill(ConfigTable table, InlineTableSyntax braces)
    {
        // Open while its own braces are read: { a.b = 1, a.c = 2 } is one table a.
        foreach (var item in braces.Items)
        {
            if (item.KeyValue is { Key: { } key, Value: { } value })
                Put(table, Statement.PathOf(key), At(key.Span.Start), value);
        }

        return table;
    }

    private ConfigValue Value(ValueSyntax syntax)
    {
        var place = At(syntax.Span.Start);
        return syntax switch
        {
            StringValueSyntax text => new(place, ValueKind.Text, text.Value ?? "") { IsFromCommandLine = isCommandLine },
            IntegerValueSyntax whole => new(place, ValueKind.Integer, whole.Token?.Text ?? "") { Integer = whole.Value, Number = whole.Value, IsFromCommandLine = isCommandLine },
            FloatValueSyntax number => new(place, ValueKind.Number, number.Token?.Text ?? "") { Number = number.Value, IsFromCommandLine = isCommandLine },
            BooleanValueSyntax flag => new(place, ValueKind.Flag, flag.Value ? "true" : "false") { Flag = flag.Value, IsFromCommandLine = isCommandLine },
            DateTimeValueSyntax time => new(place, ValueKind.Time, time.Token?.Text ?? "") { IsFromCommandLine = isCommandLine },
            ArraySyntax array => new(place, ValueKind.Array, "") { Items = [.. array.Items.Where(i => i.Value is not null).Select(i => Value(i.Value!))] },
            _ => new(place, ValueKind.Table, ""),
        };
    }

    private Place At(TextPosition position) => isCommandLine ? new Place(source, 0, 0) : new Place(source, position.Line + 1, position.Column + 1);

    private static string Where(ConfigNode first) =>
        first.KeyPlace.Line == 0 ? "" : FormattableString.Invariant($" (first in line {first.KeyPlace.Line})");
}
