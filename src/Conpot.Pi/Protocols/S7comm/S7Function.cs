namespace Conpot.Pi.Protocols.S7comm;

/// <summary>Function codes of jobs (packet-s7comm.c).</summary>
internal static class S7Function
{
    public const byte CpuServices = 0x00, ReadVar = 0x04, WriteVar = 0x05,
        RequestDownload = 0x1A, DownloadBlock = 0x1B, DownloadEnded = 0x1C, StartUpload = 0x1D, Upload = 0x1E, EndUpload = 0x1F,
        PlcControl = 0x28, PlcStop = 0x29, SetupCommunication = 0xF0;
}

/// <summary>Error class and code of an acknowledgement.</summary>
internal static class S7Error
{
    /// <summary>"Function not available" and "PDU of a wrong size": names of packet-s7comm.c; which of them a CPU chooses is [G].</summary>
    public const ushort NotAvailable = 0x8104, WrongSize = 0x8500;

    /// <summary>"Not permitted in this mode", "not enough memory on the CPU". [G]</summary>
    public const ushort WrongMode = 0x8001, NoMemory = 0x8301;

    /// <summary>"Service cannot execute owing to status of the addressed object": what an S7-300 said to a STOP in STOP (dark-lbp/isf, test_s7comm.py).</summary>
    public const ushort WrongStatus = 0x8402;

    /// <summary>Syntax of a block's name and of a parameter, no such block, block of an upload not there (WIRE 3.4), coordination rules violated, protection level.</summary>
    public const ushort BlockName = 0xD201, FunctionParameter = 0xD202, NoSuchBlock = 0xD209, NoSuchUpload = 0xD20C, Coordination = 0xD240, Protected = 0xD241;
}
