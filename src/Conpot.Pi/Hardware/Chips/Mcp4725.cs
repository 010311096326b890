using System.Device.I2c;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>The 12-bit converter MCP4725, written in fast mode alone: its EEPROM keeps what it came with.</summary>
/// <remarks>Datasheet DS22039, figure 6-1: 00 PD1 PD0 D11..D8, then D7..D0.</remarks>
internal sealed class Mcp4725(I2cDevice device) : Chip
{
    public const int FullCode = 4095;

    public override void Configure(ReadOnlySpan<int> outputs) => Put(outputs);

    /// <summary>Two bytes cost less than to ask.</summary>
    public override bool Verify() => false;

    public override void Put(ReadOnlySpan<int> outputs)
    {
        if (outputs[0] == Held)
        {
            // Whether it is there is all that it is asked.
            device.ReadByte();
            return;
        }
        var code = (outputs[0] * FullCode + ChipPoint.FullScale / 2) / ChipPoint.FullScale;
        device.Write([(byte)(code >> 8), (byte)code]);
    }

    public override void Dispose() => device.Dispose();
}
