namespace Conpot.Pi.Config;

/// <summary>Finds what stands in a file and was never asked for: a misspelt name is silent otherwise, and the default would win.</summary>
internal static class Unread
{
    /// <summary>Goes no deeper than the code did: of an unknown section the header is reported, not its contents.</summary>
    public static void Report(ConfigTable root, ConfigTable table, ConfigErrors errors)
    {
        foreach (var (key, node) in table.Items)
        {
            if (!node.IsRead)
                errors.Add(node.KeyPlace, Describe(root, table, key, node));
            else if (node is ConfigTable inner)
                Report(root, inner, errors);
            else if (node is ConfigTables list)
                list.Items.Where(e => e.IsRead).ToList().ForEach(e => Report(root, e, errors));
        }
    }

    private static string Describe(ConfigTable root, ConfigTable table, string key, ConfigNode node)
    {
        if (node is ConfigTable { IsInline: false } parts && table.TakesAnyKey)
            return Dotted(table, key, parts);

        var fact = node switch
        {
            ConfigTable => $"unknown section [{table.PathOf(key)}]",
            ConfigTables => $"unknown section [[{table.PathOf(key)}]]",
            _ => $"unknown setting {table.Describe(key)}",
        };
        if (NearestName.Find(key, table.AskedFor.Keys) is { } near)
            return $"{fact}; did you mean {Written(table, near)}?";
        if (node is ConfigValue && table != root && root.AskedFor.TryGetValue(key, out var asked) && asked == Asked.Value)
            return $"{fact}; '{Shown.Plain(key)}' belongs at the top of the file, above the first [section]";

        var allowed = Shown.List(table.AskedFor.OrderBy(a => a.Value).ThenBy(a => a.Key, StringComparer.Ordinal).Select(a => Listed(table, a.Key, a.Value)));
        return allowed.Length == 0 ? $"{fact}; remove it" : $"{fact}; allowed: {allowed}";
    }

    /// <summary>In [io], I0.0 = "gpio 17" is 0 in a table I0 to TOML; the person meant an address.</summary>
    private static string Dotted(ConfigTable table, string key, ConfigTable parts)
    {
        var name = key;
        ConfigNode node = parts;
        while (node is ConfigTable { IsInline: false, Items.Count: > 0 } next)
        {
            (var part, node) = next.Items.First();
            name = $"{name}.{part}";
        }

        return $"'{Shown.Plain(name)}' in {table.Title} needs quotes, as every name with a dot: \"{Shown.Plain(name)}\" = ...";
    }

    private static string Written(ConfigTable table, string key) => table.AskedFor[key] == Asked.Value ? $"'{Shown.Plain(key)}'" : Listed(table, key, table.AskedFor[key]);

    private static string Listed(ConfigTable table, string key, Asked asked) => asked switch
    {
        Asked.Section => $"[{table.PathOf(key)}]",
        Asked.Sections => $"[[{table.PathOf(key)}]]",
        _ => Shown.Key(key),
    };
}
