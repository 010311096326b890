using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Cli;

/// <summary>The live image as lines for a terminal: inputs on the left, outputs on the right, each with its name.</summary>
internal sealed class IoWatchText
{
    private const string Reset = "\e[0m", Green = "\e[1;32m", Red = "\e[1;31m";

    /// <summary>Below this, two columns would leave no room for the names.</summary>
    private const int TwoColumns = 80;

    private readonly Dictionary<int, string>[] _names = [[], [], [], []];
    private readonly byte[][] _areas = [[], [], [], []];
    private string _sensor = "", _mode = "";
    private bool _fault;

    /// <summary>One place of the image.</summary>
    private readonly record struct Cell(string Address, string Value, bool On, string Name)
    {
        public string Plain => $"  {Address,-6} {Value,6}  {Name}".TrimEnd();
    }

    /// <summary>Takes a line of the stream.</summary>
    /// <returns>Whether there is a picture to draw.</returns>
    public bool Take(JsonElement line)
    {
        if (line.TryGetProperty("points", out _))
        {
            _sensor = $"{line.Text("name")} ({line.Text("profile")})";
            foreach (var names in _names) names.Clear();
            foreach (var point in line.Items("points"))
                if (Address.TryParse(point.Text("address"), out var address, out _) && address.Area <= Area.AQ) Name(address, point.Text("text"));
            return false;
        }
        (_mode, _fault) = (line.Text("mode"), line.Flag("system_fault"));
        for (var area = Area.I; area <= Area.AQ; area++)
            _areas[(int)area] = Convert.FromHexString(line.Text(area switch { Area.I => "i", Area.Q => "q", Area.AI => "ai", _ => "aq" }));
        return true;
    }

    /// <param name="width">0: as long as the names are, in one column.</param>
    /// <param name="height">0: as many lines as there are.</param>
    public List<string> Render(int width, int height, bool colour)
    {
        if (width > 0) width = Math.Max(width, 20);
        if (height > 0) height = Math.Max(height, 4);
        var head = Cut($"{_sensor}: {_mode}{(_fault ? ", SF" : "")}", width);
        if (colour && head.EndsWith(", SF", StringComparison.Ordinal)) head = $"{head[..^2]}{Red}SF{Reset}";
        var inputs = Column(("Inputs", Bits(Area.I)), ("Analog inputs", Words(Area.AI)));
        var outputs = Column(("Outputs", Bits(Area.Q)), ("Analog outputs", Words(Area.AQ)));
        List<string> lines = [head, ""];
        if (width < TwoColumns)
        {
            foreach (var row in inputs.Append(("", null)).Concat(outputs)) lines.Add(Show(row, width, colour, pad: false));
        }
        else
        {
            var half = width / 2 - 1;
            for (var i = 0; i < Math.Max(inputs.Count, outputs.Count); i++)
                lines.Add((Show(At(inputs, i), half, colour, pad: true) + " " + Show(At(outputs, i), half, colour, pad: false)).TrimEnd());
        }
        if (height > 0 && lines.Count > height - 1)
        {
            var more = lines.Count - (height - 2);
            lines.RemoveRange(height - 2, more);
            lines.Add(Cut($"... {more} more lines; make the window higher, or let a pipe have them: conpot-pi io watch | cat", width));
        }
        return lines;
    }

    /// <summary>Bits that have a name stand in the list of their area by their number, words by their offset.</summary>
    private void Name(Address address, string text)
    {
        if (address.Area is Area.AI or Area.AQ) _names[(int)address.Area][address.Offset] = text;
        else if (address.IsBit) _names[(int)address.Area][address.BitIndex] = text;
        else
            for (var bit = 0; bit < 8 * address.Bytes; bit++) _names[(int)address.Area].TryAdd(address.Offset * 8 + bit, text);
    }

    private IEnumerable<Cell> Bits(Area area)
    {
        var bytes = _areas[(int)area];
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var on = (bytes[bit >> 3] >> (bit & 7) & 1) != 0;
            if (_names[(int)area].TryGetValue(bit, out var name) || on) yield return new Cell(Address.BitAt(area, bit).ToString(), on ? "1" : "0", on, name ?? "");
        }
    }

    private IEnumerable<Cell> Words(Area area)
    {
        var bytes = _areas[(int)area];
        for (var offset = 0; offset + 1 < bytes.Length; offset += 2)
        {
            var value = BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(offset));
            if (_names[(int)area].TryGetValue(offset, out var name) || value != 0)
                yield return new Cell(Address.WordAt(area, offset).ToString(), value.ToString(CultureInfo.InvariantCulture), false, name ?? "");
        }
    }

    private static List<(string Title, Cell? Cell)> Column(params (string Title, IEnumerable<Cell> Cells)[] groups)
    {
        var rows = new List<(string, Cell?)>();
        foreach (var (title, cells) in groups)
        {
            var list = cells.ToList();
            if (list.Count == 0) continue;
            rows.Add((title, null));
            foreach (var cell in list) rows.Add(("", cell));
        }
        return rows;
    }

    private static (string Title, Cell? Cell) At(List<(string Title, Cell? Cell)> rows, int index) => index < rows.Count ? rows[index] : ("", null);

    /// <summary>Cut and filled up first, coloured then: colours have no width.</summary>
    private static string Show((string Title, Cell? Cell) row, int width, bool colour, bool pad)
    {
        var text = Cut(row.Cell?.Plain ?? row.Title, width);
        if (pad) text = text.PadRight(width);
        return colour && row.Cell is { On: true } ? text[..9] + Green + text[9..15] + Reset + text[15..] : text;
    }

    private static string Cut(string text, int width) => width > 0 && text.Length > width ? text[..(width - 3)] + "..." : text;
}
