using Tomlyn.Syntax;

namespace Conpot.Pi.Config;

/// <summary>One line of a file that means something: a header, or a key with its value.</summary>
/// <param name="Path">The dotted key; empty for a header that could not be read.</param>
/// <param name="Value">Null for a header.</param>
internal readonly record struct Statement(TextPosition Start, string[] Path, bool IsHeader, bool IsList, ValueSyntax? Value)
{
    public static Statement Of(TableSyntaxBase table) => new(table.Span.Start, PathOf(table.Name), IsHeader: true, table is TableArraySyntax, null);

    public static Statement Of(KeyValueSyntax setting) => new(setting.Span.Start, PathOf(setting.Key), IsHeader: false, IsList: false, setting.Value);

    public static string[] PathOf(KeySyntax? key) =>
        key is null ? [] : [NameOf(key.Key), .. key.DotKeys.Select(k => NameOf(k.Key))];

    private static string NameOf(BareKeyOrStringValueSyntax? part) => part switch
    {
        BareKeySyntax bare => bare.Key?.Text ?? "",
        StringValueSyntax quoted => quoted.Value ?? "",
        _ => "",
    };
}
