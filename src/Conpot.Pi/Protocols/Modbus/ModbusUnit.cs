namespace Conpot.Pi.Protocols.Modbus;

/// <summary>What one unit identifier shows of the process image.</summary>
internal sealed record ModbusUnit(RegisterTable Coils, RegisterTable DiscreteInputs, RegisterTable InputRegisters, RegisterTable HoldingRegisters);

/// <summary>What happens to a request that is not served: as the device does.</summary>
internal enum Refusal
{
    /// <summary>It is served all the same: an unknown unit by the default map, echoing its identifier; in STOP as in RUN.</summary>
    None,

    /// <summary>Exception 04, server device failure.</summary>
    DeviceFailure,

    /// <summary>Exception 0B, gateway target device failed to respond.</summary>
    GatewayTargetFailed,

    /// <summary>No reply; the connection stays.</summary>
    Silence,
}
