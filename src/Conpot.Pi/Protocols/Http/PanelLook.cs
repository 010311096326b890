using System.Globalization;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>What an integrator chose for this panel: names and a colour from the seed, so that no two sensors serve the same bytes.</summary>
internal sealed record PanelLook(string Panel, string Version, string Extension, string Data, string Cookie, string Colour)
{
    // Made-up products: a real one's name would promise its error pages and quirks as well.
    private static readonly string[] Panels = ["WebPanel", "PanelHTTP", "HMIweb", "opweb", "EWS", "StationWeb", "ViewServer", "TPserver"];
    private static readonly string[] Extensions = [".htm", ".html", ".shtm", ".cgi"], DataNames = ["values", "data", "tags", "live", "process", "items"];
    private static readonly string[] Cookies = ["SID", "sid", "PSESS", "panel", "session", "uid"], Colours = ["#23577a", "#2f6b4f", "#5b4a78", "#7a3b2a", "#3c4f5c", "#006a71"];

    public static PanelLook Of(DeviceSeed seed)
    {
        var pick = seed.Stream("http look");
        return new PanelLook(
            Panels[pick.Next(Panels.Length)],
            string.Create(CultureInfo.InvariantCulture, $"{1 + pick.Next(4)}.{pick.Next(10)}.{pick.Next(30)}"),
            Extensions[pick.Next(Extensions.Length)], DataNames[pick.Next(DataNames.Length)] + ".json", Cookies[pick.Next(Cookies.Length)], Colours[pick.Next(Colours.Length)]);
    }

    /// <summary>A text of the settings with {panel} and {version} in it.</summary>
    public string Personalise(string text) => text
        .Replace("{panel}", Panel, StringComparison.Ordinal)
        .Replace("{version}", Version, StringComparison.Ordinal);
}
