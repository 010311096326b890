using System.Security.Cryptography;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events;

public class Sha1Tests
{
    [Fact]
    public void Every_message_hashes_as_the_class_library_has_it() =>
        Gen.Byte.Array[0, 200].Sample(message =>
        {
            var hash = new byte[Sha1.Size];
            Sha1.Hash(message, hash);
#pragma warning disable CA5350 // Compared with, not relied on.
            Assert.Equal(SHA1.HashData(message), hash);
#pragma warning restore CA5350
        });
}
