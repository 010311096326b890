using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>How a value stands in the pages.</summary>
internal enum HttpValueKind
{
    Number,
    Level,
    Lamp,
    Alarm,
    SetPoint,
    Button,
}

/// <summary>[[http.value]]: one place of the process image as the operator sees it.</summary>
/// <param name="Scale">Displayed units per count.</param>
/// <param name="Minimum">Of a level the lower end of its drawing, of a set-point the lowest that is taken; in displayed units.</param>
/// <param name="On">The word for a lamp or an alarm that is on.</param>
/// <param name="Fill">Of a level: the lamp of what fills it, drawn on its left.</param>
/// <param name="Drain">The same of what empties it, on its right.</param>
/// <param name="Signed">A word or double word that may be below zero; counters are not.</param>
/// <param name="ActiveLow">It means "on" when the bit is 0, as for contacts that open.</param>
internal sealed record HttpValue(
    string Label, Address Address, HttpValueKind Kind, string Unit, double Scale, int Decimals, double Minimum, double Maximum, string On, string Off, bool ActiveLow, bool Signed, Address? Fill, Address? Drain)
{
    public const int MostValues = 48;

    private const int MostWritten = 8;

    /// <summary>Of <see cref="HttpServer.LongestBody"/>, for what the overview shows; the rest is for style, script and titles.</summary>
    private const int MostBytes = HttpServer.LongestBody - 8 * 1024;

    public bool IsBit => Address.IsBit;

    public double Read(ProcessImage image)
    {
        var raw = image.Read(Address);
        return Scale * (Address.Width switch { Width.Word when Signed => (short)raw, Width.Double when Signed => (int)raw, _ => raw });
    }

    public bool IsOn(ProcessImage image) => image[Address] != ActiveLow;

    /// <summary>A displayed value as the image holds it.</summary>
    public uint Raw(double shown) => (uint)(long)Math.Round(shown / Scale);

    /// <summary>All of a profile or of the user; the addresses must exist on this CPU.</summary>
    public static IReadOnlyList<HttpValue> ReadAll(ConfigSection section, ProcessImage image)
    {
        var values = section.Sections("value").Select(s => Read(s, image)).OfType<HttpValue>().ToList();
        if (values.Count > MostValues) section.Error("value", $"[[http.value]] stands {values.Count} times; allowed: up to {MostValues}, so that a page stays small");
        if (values.Count(v => v.Kind is HttpValueKind.SetPoint or HttpValueKind.Button) > MostWritten)
            section.Error("value", $"more than {MostWritten} set-points and buttons in [[http.value]]; leave some out");
        foreach (var (key, drawn) in values.SelectMany(v => ((string, Address?)[])[("fill", v.Fill), ("drain", v.Drain)]))
            if (drawn is { } place && !values.Exists(v => v.Kind == HttpValueKind.Lamp && v.Address == place))
                section.Error("value", $"'{key}' of an [[http.value]] is {place}, and no lamp shows that; add an [[http.value]] with kind = \"lamp\" for it");
        var size = values.Sum(v => v.Size(values));
        if (size > MostBytes)
            section.Error("value", $"the [[http.value]] take {size} bytes of the overview, their texts and pictures; allowed: up to {MostBytes}; leave out values, levels first, or shorten texts");
        return values;
    }

    /// <summary>At most so many bytes of the overview: a row, and of a level its picture with what fills and what empties it.</summary>
    private int Size(IReadOnlyList<HttpValue> all)
    {
        // The markup around the texts, with the longest names of a skin and the longest numbers; a test has pages as large as they may be.
        const int row = 130, picture = 280, pipe = 70;
        if (Kind is HttpValueKind.SetPoint or HttpValueKind.Button) return 0; // few, and on a page of their own
        if (Kind != HttpValueKind.Level) return row + Texts;
        return row + Texts + picture + Texts + HtmlWriter.Size(Unit) + Pipe(Fill) + Pipe(Drain);

        int Pipe(Address? place) => all.FirstOrDefault(v => v.Kind == HttpValueKind.Lamp && v.Address == place) is { } lamp ? pipe + lamp.Texts : 0;
    }

    private int Texts => HtmlWriter.Size(Label) + (IsBit ? Math.Max(HtmlWriter.Size(On), HtmlWriter.Size(Off)) : HtmlWriter.Size(Unit));

    private static HttpValue? Read(ConfigSection s, ProcessImage image)
    {
        var kind = s.Choice("kind", "number", "number", "level", "lamp", "alarm", "setpoint", "button") switch
        {
            "level" => HttpValueKind.Level,
            "lamp" => HttpValueKind.Lamp,
            "alarm" => HttpValueKind.Alarm,
            "setpoint" => HttpValueKind.SetPoint,
            "button" => HttpValueKind.Button,
            _ => HttpValueKind.Number,
        };
        var label = Short(s, "label", "");
        Address? address = null;
        if (s.Has("address")) address = s.Parsed<Address?>("address", null, Parse);
        else s.Error("address", "[[http.value]] has no 'address'; write one such as VW0 or Q0.0");
        if (label.Length == 0) s.Error("label", "[[http.value]] has no 'label'; write what the operator calls it");
        var value = new HttpValue(
            label, address ?? default, kind, Short(s, "unit", ""), s.Number("scale", 1, 1e-6, 1e6), (int)s.Integer("decimals", 0, 0, 3),
            s.Number("minimum", 0, -1e6, 1e6), s.Number("maximum", 100, -1e6, 1e6), Short(s, "on", "ON"), Short(s, "off", "OFF"), s.Flag("active_low", false), s.Flag("signed", false),
            kind == HttpValueKind.Level ? s.Parsed<Address?>("fill", null, Parse) : null, kind == HttpValueKind.Level ? s.Parsed<Address?>("drain", null, Parse) : null);
        if (value.Minimum >= value.Maximum) s.Error("minimum", "'minimum' of an [[http.value]] is not below its 'maximum'; exchange them");
        if (address is not { } place) return null;
        var bit = kind is HttpValueKind.Lamp or HttpValueKind.Alarm or HttpValueKind.Button;
        if (place.IsBit != bit)
        {
            s.Error("address", $"{place} is {(place.IsBit ? "a bit" : "no bit")}, and a {kind.ToString().ToLowerInvariant()} shows {(bit ? "one; write an address such as Q0.0" : "a number; write an address such as VW0")}");
            return null;
        }
        if (kind == HttpValueKind.SetPoint)
        {
            (double Lowest, double Highest) holds = place.Width switch
            {
                Width.Byte => (0, byte.MaxValue),
                Width.Word => value.Signed ? (short.MinValue, short.MaxValue) : (0, ushort.MaxValue),
                _ => value.Signed ? (int.MinValue, int.MaxValue) : (0, uint.MaxValue),
            };
            foreach (var (key, shown) in ((string, double)[])[("minimum", value.Minimum), ("maximum", value.Maximum)])
                if (Math.Round(shown / value.Scale) is var raw && (raw < holds.Lowest || raw > holds.Highest))
                    s.Error(key, $"{shown} of this [[http.value]] is {raw} in {place}, which holds {holds.Lowest} to {holds.Highest}; change '{key}' or 'scale'{(value.Signed || raw >= 0 ? "" : ", write signed = true")} or take a wider address");
        }
        if (image.Fits(place)) return value;
        s.Error("address", $"{place} is beyond this CPU's memory; {place.Area} ends after byte {image.Size(place.Area) - 1}");
        return null;
    }

    private static bool Parse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Address? value, out string problem)
    {
        var parsed = Address.TryParse(text, out var address, out problem);
        value = parsed ? address : null;
        return parsed;
    }

    private static string Short(ConfigSection s, string key, string fallback)
    {
        var text = s.Text(key, fallback);
        if (text.Length <= 40) return text;
        s.Error(key, $"'{key}' of an [[http.value]] has {text.Length} characters; allowed: up to 40");
        return "";
    }
}
