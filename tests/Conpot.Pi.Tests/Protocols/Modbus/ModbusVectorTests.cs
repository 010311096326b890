using Conpot.Pi.Tests.Vectors;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Modbus;

/// <summary>Every .wire vector, whole, split at every byte, and byte by byte.</summary>
public class ModbusVectorTests
{
    public static TheoryData<string> Files => [.. WireVector.LoadAll("modbus").Select(v => v.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Vectors_are_answered_as_the_specification_and_the_device_say(string file) =>
        StreamVectors.Replay("modbus", file, vector => new ModbusBench(vector.Profile, [.. vector.Settings.Select(s => $"{s.Key}={s.Value}")]));
}
