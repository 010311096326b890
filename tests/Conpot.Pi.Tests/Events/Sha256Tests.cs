using System.Text;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>FIPS 180-4's examples (NIST, "SHA-256" example values), and any length against the class library's own.</summary>
public class Sha256Tests
{
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void The_standards_examples_come_out(string message, string expected) => Assert.Equal(expected, Hash(Encoding.ASCII.GetBytes(message)));

    [Fact]
    public void A_million_times_a_comes_out() =>
        Assert.Equal("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", Hash([.. Enumerable.Repeat((byte)'a', 1_000_000)]));

    [Fact]
    public void Every_length_agrees_with_the_class_library() =>
        Gen.Byte.Array[0, 300].Sample(message => Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(message)), Hash(message)), iter: 2000, threads: 1);

    private static string Hash(byte[] message)
    {
        var hash = new byte[Sha256.Size];
        Sha256.Hash(message, hash);
        return Convert.ToHexStringLower(hash);
    }
}
