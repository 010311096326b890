using System.Globalization;
using System.Net;
using System.Text;

namespace Conpot.Pi.Hardware;

/// <summary>The header as a drawing: what the settings wire to which pin, as text for a terminal and as SVG for a printer.</summary>
internal sealed class WiringPlan
{
    private const int RowHeight = 24, Top = 108, Middle = 400, Width = 800, Margin = 20;

    /// <summary>True of every board with the header on its edge; on a Pi 400 and 500 the label beside it tells pin 1.</summary>
    private const string View = "Seen from above: pins 1 and 2 at the end where the SD card is, even pins along the edge of the board";

    private readonly Dictionary<int, string> _users = [];
    private readonly List<IoPoint> _elsewhere;

    /// <param name="points">All points of the I/O module; those at no pin of the header are listed below it.</param>
    public WiringPlan(IEnumerable<PinUse> pins, IEnumerable<IoPoint> points)
    {
        foreach (var pin in pins) _users.TryAdd(pin.Bcm, pin.User);
        _elsewhere = [.. points.Where(p => !p.Where.StartsWith("GPIO", StringComparison.Ordinal)).OrderBy(p => p.Address.Area).ThenBy(p => p.Address.BitIndex)];
    }

    public string Text()
    {
        var text = new StringBuilder();
        for (var row = 0; row < 20; row++)
        {
            var (left, right) = (HeaderPins.All[2 * row], HeaderPins.All[2 * row + 1]);
            text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"{User(left),24} {Label(left),18} {left.Number,2} | {right.Number,-2} {Label(right),-18} {User(right)}").TrimEnd());
        }
        text.AppendLine().AppendLine(View);
        if (_elsewhere.Count > 0) text.AppendLine();
        foreach (var point in _elsewhere) text.AppendLine(CultureInfo.InvariantCulture, $"{point.Address,24} {point.Where}");
        return text.ToString();
    }

    public string Svg(string title)
    {
        // More columns for more: a hundred points of chips still are one page.
        var columns = _elsewhere.Count <= 20 ? 1 : _elsewhere.Count <= 56 ? 2 : 3;
        var (rows, size, step) = ((_elsewhere.Count + columns - 1) / columns, columns < 3 ? 13 : 11, columns < 3 ? 18 : 15);
        var height = Top + 20 * RowHeight + 40 + rows * step;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"190mm\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\">");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{height}\" fill=\"#fff\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Middle}\" y=\"36\" font-size=\"20\" text-anchor=\"middle\">{WebUtility.HtmlEncode(title)}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Middle}\" y=\"60\" text-anchor=\"middle\" fill=\"#a00\">3.3 V only: never connect 24 V to a pin; use an opto-coupler</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Middle}\" y=\"80\" text-anchor=\"middle\" fill=\"#555\">{View}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{Middle - 28}\" y=\"{Top - 14}\" width=\"56\" height=\"{20 * RowHeight + 4}\" rx=\"4\" fill=\"#222\"/>");
        foreach (var pin in HeaderPins.All) Pin(svg, pin);
        for (var i = 0; i < _elsewhere.Count; i++)
        {
            var (x, y) = (Margin + i / rows * (Width - Margin) / columns, Top + 20 * RowHeight + 30 + i % rows * step);
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\">{_elsewhere[i].Address}: {WebUtility.HtmlEncode(_elsewhere[i].Where)}</text>");
        }
        return svg.AppendLine("</svg>").ToString();
    }

    private void Pin(StringBuilder svg, in HeaderPin pin)
    {
        var isLeft = pin.Number % 2 == 1;
        var side = isLeft ? -1 : 1;
        var y = Top + (pin.Number - 1) / 2 * RowHeight;
        var anchor = isLeft ? "end" : "start";
        var user = User(pin);
        svg.AppendLine(CultureInfo.InvariantCulture, $"<circle cx=\"{Middle + side * 14}\" cy=\"{y}\" r=\"9\" fill=\"{Colour(pin, user)}\" stroke=\"#000\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Middle + side * 14}\" y=\"{y + 4}\" font-size=\"10\" text-anchor=\"middle\">{pin.Number}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Middle + side * 36}\" y=\"{y + 4}\" text-anchor=\"{anchor}\" fill=\"#555\">{Label(pin)}</text>");
        if (user.Length == 0) return;
        svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{Middle + side * 170}\" y1=\"{y}\" x2=\"{Middle + side * 190}\" y2=\"{y}\" stroke=\"#000\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Middle + side * 196}\" y=\"{y + 4}\" text-anchor=\"{anchor}\" font-weight=\"bold\">{WebUtility.HtmlEncode(user)}</text>");
    }

    private string User(in HeaderPin pin) => pin.Bcm is { } bcm ? _users.GetValueOrDefault(bcm, "") : "";

    private static string Label(in HeaderPin pin) => pin.Alternate.Length > 0 ? $"{pin.Label} {pin.Alternate}" : pin.Label;

    private static string Colour(in HeaderPin pin, string user) => pin.Label switch
    {
        "5V" => "#e88",
        "3V3" => "#fb6",
        "GND" => "#aaa",
        _ => user.Length > 0 ? "#8d8" : "#fff",
    };
}
