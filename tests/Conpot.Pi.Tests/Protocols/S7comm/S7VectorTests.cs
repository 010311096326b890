using Conpot.Pi.Tests.Vectors;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>Every .wire vector, whole, split at every byte, and byte by byte.</summary>
public class S7VectorTests
{
    public static TheoryData<string> Files => [.. WireVector.LoadAll("s7comm").Select(v => v.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Vectors_are_answered_as_the_specification_and_the_device_say(string file) =>
        StreamVectors.Replay("s7comm", file, vector => new S7Bench(vector.Profile, [.. vector.Settings.Select(s => $"{s.Key}={s.Value}")]));
}
