using System.Globalization;
using System.Text;

namespace Conpot.Pi.Config;

/// <summary>A table written out in full, to tell whether two readings of a file say the same.</summary>
internal static class Sketch
{
    public static string Of(ConfigTable table)
    {
        var text = new StringBuilder();
        Append(text, table);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ConfigNode node)
    {
        switch (node)
        {
            case ConfigTable table:
                text.Append('{');
                foreach (var (key, item) in table.Items.OrderBy(i => i.Key, StringComparer.Ordinal))
                {
                    Append(text, ValueKind.Text, key);
                    Append(text, item);
                }
                text.Append('}');
                break;
            case ConfigTables list:
                text.Append('[');
                foreach (var item in list.Items) Append(text, item);
                text.Append(']');
                break;
            case ConfigValue { Kind: ValueKind.Array } array:
                text.Append('[');
                foreach (var item in array.Items) Append(text, item);
                text.Append(']');
                break;
            case ConfigValue value:
                Append(text, value.Kind, value.Text);
                break;
        }
    }

    /// <summary>With its length, so that no two readings have the same sketch.</summary>
    private static void Append(StringBuilder text, ValueKind kind, string word) => text.Append(CultureInfo.InvariantCulture, $"{(int)kind}:{word.Length}:{word} ");
}
