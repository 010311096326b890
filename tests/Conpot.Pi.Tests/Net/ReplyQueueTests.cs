using Conpot.Pi.Net;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Net;

public class ReplyQueueTests
{
    [Fact]
    public void It_does_what_a_plain_queue_does() =>
        Gen.Select(Gen.Int[0, 1], Gen.OneOf(Gen.Int[1, 40], Gen.Int[0, 700]), Gen.Int[0, 20], Gen.Int[0, 30]).Array[1, 200].Sample(steps =>
        {
            var queue = new ReplyQueue(TcpSession.MostWaiting);
            var model = new Queue<(byte[] Reply, long Due)>();
            long now = 1000, last = long.MinValue;
            byte mark = 0;
            foreach (var (what, length, delay, passed) in steps)
            {
                if (what == 0 && model.Count < TcpSession.MostWaiting)
                {
                    var reply = Enumerable.Repeat(++mark, length).ToArray();
                    last = Math.Max(now, last) + delay;
                    queue.Add(reply, last);
                    model.Enqueue((reply, last));
                }
                else
                {
                    now += passed;
                    var due = model.TryPeek(out var expected) && expected.Due <= now;
                    Assert.Equal(due, queue.TryTake(now, out var reply));
                    if (due) Assert.Equal(model.Dequeue().Reply, reply.ToArray());
                }
                Assert.Equal(model.Count, queue.Count);
                Assert.Equal(last, queue.LastDue);
                if (model.TryPeek(out var first)) Assert.Equal(first.Due, queue.FirstDue);
            }
            foreach (var (reply, due) in model)
            {
                Assert.False(queue.TryTake(due - 1, out _));
                Assert.True(queue.TryTake(due, out var taken));
                Assert.Equal(reply, taken.ToArray());
            }
        });
}
