using System.Device.I2c;
using System.Device.Spi;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>The register file of a chip: a register's number goes out first, then its bytes follow and the number counts up.</summary>
internal abstract class Registers : IDisposable
{
    public abstract void Write(byte register, params ReadOnlySpan<byte> values);

    public abstract void Read(byte register, Span<byte> values);

    public byte Read(byte register)
    {
        Span<byte> value = stackalloc byte[1];
        Read(register, value);
        return value[0];
    }

    public abstract void Dispose();
}

/// <summary>Registers behind an I2C address.</summary>
internal sealed class I2cRegisters(I2cDevice device) : Registers
{
    public override void Write(byte register, params ReadOnlySpan<byte> values)
    {
        Span<byte> message = stackalloc byte[1 + values.Length];
        message[0] = register;
        values.CopyTo(message[1..]);
        device.Write(message);
    }

    public override void Read(byte register, Span<byte> values) => device.WriteRead([register], values);

    public override void Dispose() => device.Dispose();
}

/// <summary>Registers of an MCP23S17: a device opcode before the register's number, 0100 and the hardware address and R/W (datasheet DS20001952, figure 3-5).</summary>
internal sealed class SpiRegisters(SpiDevice device, int hardwareAddress) : Registers
{
    private const byte Opcode = 0x40;
    private const byte ReadFlag = 0x01;

    private byte Device => (byte)(Opcode | hardwareAddress << 1);

    public override void Write(byte register, params ReadOnlySpan<byte> values) => Write(Device, register, values);

    /// <summary>To the chips that do not look at their address pins yet.</summary>
    public void WriteUnaddressed(byte register, byte value) => Write(Opcode, register, [value]);

    public override void Read(byte register, Span<byte> values)
    {
        Span<byte> send = stackalloc byte[2 + values.Length];
        Span<byte> receive = stackalloc byte[send.Length];
        send.Clear();
        (send[0], send[1]) = ((byte)(Device | ReadFlag), register);
        device.TransferFullDuplex(send, receive);
        receive[2..].CopyTo(values);
    }

    public override void Dispose() => device.Dispose();

    private void Write(byte opcode, byte register, ReadOnlySpan<byte> values)
    {
        Span<byte> message = stackalloc byte[2 + values.Length];
        (message[0], message[1]) = (opcode, register);
        values.CopyTo(message[2..]);
        device.Write(message);
    }
}
