namespace Conpot.Pi.Plc;

/// <summary>Takes the lines of [io] that name real hardware: <see cref="IoConfig"/> finds them and knows none.</summary>
internal interface IIoLines
{
    /// <summary>The first words of such lines: "gpio", "mcp23017" ...</summary>
    IReadOnlyList<string> Words { get; }

    /// <summary>Takes a line, or says what is wrong with it by itself or beside those taken before, and what would be right.</summary>
    /// <param name="target">The left side. I and AI are inputs, and the line then owns them; Q and AQ are outputs, shown but not driven by it.</param>
    bool TryAdd(AddressRange target, string text, out string problem);
}
