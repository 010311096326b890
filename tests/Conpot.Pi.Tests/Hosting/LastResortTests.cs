using Conpot.Pi.Hosting;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>What a mistake of our own may cost.</summary>
public class LastResortTests
{
    [Fact]
    public void A_timer_that_fails_at_each_tick_is_told_once_and_costs_no_more()
    {
        var said = new List<string>();
        var guard = new LastResort(said.Add);
        var mistake = new InvalidOperationException("a bug");
        for (var tick = 0; tick < 3; tick++) Assert.True(guard.Survives(mistake, pooled: true));
        Assert.Contains("a bug", Assert.Single(said), StringComparison.Ordinal);
        for (var i = 0; i < 100; i++) Assert.True(guard.Survives(new InvalidOperationException($"bug {i}"), pooled: true));
        Assert.Equal(LastResort.MostTold, said.Count);
    }

    [Fact]
    public void A_thread_of_its_own_takes_the_process_with_it() =>
        Assert.False(new LastResort(_ => Assert.Fail("the runtime prints it")).Survives(new InvalidOperationException(), pooled: false));
}
