using Conpot.Pi.Net;
using Xunit;

namespace Conpot.Pi.Tests.Net;

public class SessionIdsTests
{
    [Fact]
    public void An_id_is_twelve_plain_characters_of_all_the_bits_there_are()
    {
        ulong next = 0;
        var ids = new SessionIds(() => next);
        Assert.Equal("aaaaaaaaaaaa", ids.Next());
        var seen = new HashSet<string>();
        for (var bit = 0; bit < 60; bit++)
        {
            next = 1UL << bit;
            Assert.Matches("^[a-z2-7]{12}$", ids.Next());
            Assert.True(seen.Add(ids.Next()));
        }
        next = ulong.MaxValue;
        Assert.Equal("777777777777", ids.Next());
    }
}
