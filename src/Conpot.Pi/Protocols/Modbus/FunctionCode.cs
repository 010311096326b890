namespace Conpot.Pi.Protocols.Modbus;

/// <summary>The function codes that the engine knows, with their names in the Modbus Application Protocol V1.1b3 (section 6).</summary>
internal static class FunctionCode
{
    public const byte ReadCoils = 1, ReadDiscreteInputs = 2, ReadHoldingRegisters = 3, ReadInputRegisters = 4;
    public const byte WriteSingleCoil = 5, WriteSingleRegister = 6, WriteMultipleCoils = 15, WriteMultipleRegisters = 16;
    public const byte ReadExceptionStatus = 7, Diagnostics = 8, GetCommEventCounter = 11, GetCommEventLog = 12, ReportServerId = 17;
    public const byte MaskWriteRegister = 22, ReadWriteMultipleRegisters = 23, ReadFifoQueue = 24, EncapsulatedInterface = 43;

    /// <summary>Set in the function code of an exception reply.</summary>
    public const byte Exception = 0x80;

    /// <summary>All that <c>functions = [...]</c> in [modbus] may list.</summary>
    public static readonly byte[] All = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 22, 23, 24, 43];

    public static ReadOnlySpan<byte> Name(byte code) => code switch
    {
        ReadCoils => "Read Coils"u8,
        ReadDiscreteInputs => "Read Discrete Inputs"u8,
        ReadHoldingRegisters => "Read Holding Registers"u8,
        ReadInputRegisters => "Read Input Registers"u8,
        WriteSingleCoil => "Write Single Coil"u8,
        WriteSingleRegister => "Write Single Register"u8,
        ReadExceptionStatus => "Read Exception Status"u8,
        Diagnostics => "Diagnostics"u8,
        GetCommEventCounter => "Get Comm Event Counter"u8,
        GetCommEventLog => "Get Comm Event Log"u8,
        WriteMultipleCoils => "Write Multiple Coils"u8,
        WriteMultipleRegisters => "Write Multiple Registers"u8,
        ReportServerId => "Report Server ID"u8,
        20 => "Read File Record"u8,
        21 => "Write File Record"u8,
        MaskWriteRegister => "Mask Write Register"u8,
        ReadWriteMultipleRegisters => "Read/Write Multiple Registers"u8,
        ReadFifoQueue => "Read FIFO Queue"u8,
        EncapsulatedInterface => "Encapsulated Interface Transport"u8,
        _ => "unknown"u8,
    };
}

/// <summary>Exception codes of V1.1b3 section 7.</summary>
internal static class ExceptionCode
{
    public const byte None = 0, IllegalFunction = 1, IllegalDataAddress = 2, IllegalDataValue = 3, ServerDeviceFailure = 4, GatewayTargetFailed = 11;
}
